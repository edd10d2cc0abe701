// DPoP (RFC 9449) at the resource.
import { createHash, randomUUID } from "node:crypto";
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from "jose";
import { settings } from "./settings.mjs";

const CLOCK_SECONDS = 300;
const seen = new Set();

/** The nonce that a proof has to carry; the token endpoint has nonces of its own. */
let nonce = randomUUID();

export function renewNonce() {
  nonce = randomUUID();
}

export const currentNonce = () => (settings.nonces ? nonce : undefined);

/** Why a proof is not good, as the challenge says it. */
export class BadProof extends Error {
  constructor(description, code = "invalid_dpop_proof") {
    super(description);
    this.code = code;
  }
}

/** Checks a request's proof for this access token and returns the thumbprint of its key. */
export async function checkProof({ method, proof, url, token }) {
  if (!proof) throw new BadProof("DPoP proof is missing");
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    algorithms: ["ES256"],
    typ: "dpop+jwt",
  }).catch((error) => {
    throw new BadProof(`DPoP proof is no good: ${error.message}`);
  });
  const htu = new URL(payload.htu ?? "about:blank");
  htu.search = htu.hash = "";
  if (payload.htm !== method) throw new BadProof("DPoP proof htm mismatch");
  if (htu.href !== url) throw new BadProof("DPoP proof htu mismatch");
  if (payload.ath !== createHash("sha256").update(token).digest("base64url")) throw new BadProof("DPoP proof ath mismatch");
  checkTime(payload);
  if (typeof payload.jti !== "string") throw new BadProof("DPoP proof must have a jti");
  if (seen.has(payload.jti)) throw new BadProof("DPoP proof replay");
  seen.add(payload.jti);
  return calculateJwkThumbprint(protectedHeader.jwk);
}

/** With a nonce the time does not matter, as in the library. */
function checkTime(payload) {
  if (settings.nonces) {
    if (payload.nonce === undefined) throw new BadProof("nonce is required in the DPoP proof", "use_dpop_nonce");
    if (payload.nonce !== nonce) throw new BadProof("invalid nonce in DPoP proof", "use_dpop_nonce");
  } else if (payload.nonce !== undefined) {
    throw new BadProof("DPoP nonces are not supported");
  } else if (!(Math.abs(Date.now() / 1000 - payload.iat) <= CLOCK_SECONDS)) {
    throw new BadProof("DPoP proof iat is not recent enough");
  }
}
