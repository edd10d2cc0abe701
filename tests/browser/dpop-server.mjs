// An authorization server and an API that hand out and take tokens bound to a key (RFC 9449). They check every proof as such
// servers do, and a test says which nonces they demand.
import { createHash, createPublicKey, verify } from "node:crypto";
import { jwt, sendJson } from "./servers.mjs";

const hash = (text) => createHash("sha256").update(text).digest("base64url");

/** The proof that came with a request; nothing without one, or with a wrong signature. */
export function proofOf({ headers }) {
  const [head, payload, signature] = (headers.dpop ?? "").split(".");
  if (signature === undefined) return undefined;
  const read = (part) => JSON.parse(Buffer.from(part, "base64url"));
  const { jwk, ...header } = read(head);
  const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  if (!verify("sha256", Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, "base64url"))) return undefined;
  const { crv, kty, x, y } = jwk;
  return { header, jwk, claims: read(payload), thumbprint: hash(JSON.stringify({ crv, kty, x, y })) };
}

/** One end of it: the token endpoint or the API. */
class End {
  /** The nonce that it demands. */
  nonce;
  /** The nonce that comes with the next good answer, and is demanded from then on. */
  next;
  /** Whether no nonce is ever good enough. */
  insatiable = false;
  #nonces = 0;
  #jtis = new Set();

  /** What is wrong with the proof of a request; the answer gets the nonce that it needs. */
  check(request, response, now, ath) {
    const refusal = this.#refusal(request, now, ath);
    const given = this.insatiable ? `nonce-${(this.#nonces += 1)}` : refusal === "use_dpop_nonce" ? this.nonce : this.next;
    if (given !== undefined) response.setHeader("dpop-nonce", given);
    if (refusal === undefined && this.next !== undefined) [this.nonce, this.next] = [this.next, undefined];
    return refusal;
  }

  #refusal(request, now, expectedAth) {
    const proof = proofOf(request);
    if (proof === undefined) return "invalid_dpop_proof";
    const { htm, htu, iat, jti, ath, nonce } = proof.claims;
    const isNew = !this.#jtis.has(jti);
    this.#jtis.add(jti);
    const fits = htm === request.method && htu === `http://${request.headers.host}${request.pathname}` && ath === expectedAth;
    if (!fits || !isNew) return "invalid_dpop_proof";
    if (this.insatiable || (this.nonce !== undefined && nonce !== this.nonce)) return "use_dpop_nonce";
    // Who has nonces needs no clock; who has none knows none.
    if (this.nonce !== undefined) return undefined;
    return nonce !== undefined || Math.abs(iat - now) > 60 ? "invalid_dpop_proof" : undefined;
  }
}

export class DpopServer {
  token = new End();
  api = new End();
  /** Whether pages of other origins may read why it refuses. */
  explains = true;
  /** The server's clock minus the local one, in seconds. */
  skew = 0;
  lifetime = 3600;
  tokenType = "DPoP";
  opaque = false;
  /** An access token that is not good any more. */
  revoked;
  /** What takes the place of the next answer of the token endpoint: status and body. */
  scripted;
  #issued = 0;
  /** The refresh tokens with the thumbprints of their keys. */
  #refresh = new Map();

  get answers() {
    return {
      "/token": (request, response) => this.#refreshes(request, response),
      "/items/": (request, response) => this.#serves(request, response),
      "/revoke": (_, response) => response.writeHead(200).end(),
    };
  }

  /** Tokens for the key of this thumbprint, as the token endpoint answers. */
  issue(thumbprint) {
    const iat = this.#now();
    this.#issued += 1;
    const claims = { jti: `access-${this.#issued}`, sub: "user", iat, exp: iat + this.lifetime, cnf: { jkt: thumbprint } };
    const access = this.opaque ? `opaque-${this.#issued}` : jwt(claims);
    const refresh = `refresh-${this.#issued}`;
    this.#refresh.set(refresh, thumbprint);
    return { access_token: access, refresh_token: refresh, expires_in: this.lifetime, token_type: this.tokenType };
  }

  #now() {
    return Math.floor(Date.now() / 1000 + this.skew);
  }

  #refreshes(request, response) {
    response.setHeader("access-control-expose-headers", "dpop-nonce");
    const refusal = this.token.check(request, response, this.#now());
    if (this.scripted !== undefined) return sendJson(response, ...this.scripted);
    if (refusal !== undefined) return sendJson(response, 400, { error: refusal });
    const refresh = new URLSearchParams(request.body).get("refresh_token");
    const { thumbprint } = proofOf(request);
    if (this.#refresh.get(refresh) !== thumbprint) return sendJson(response, 400, { error: "invalid_grant" });
    this.#refresh.delete(refresh);
    sendJson(response, 200, this.issue(thumbprint));
  }

  #serves(request, response) {
    const [scheme, token] = (request.headers.authorization ?? "").split(" ");
    response.setHeader("access-control-expose-headers", this.explains ? "dpop-nonce, www-authenticate" : "dpop-nonce");
    const refusal = scheme === "DPoP" ? this.api.check(request, response, this.#now(), hash(token)) : "invalid_token";
    const error = refusal ?? (token === this.revoked ? "invalid_token" : undefined);
    if (error === undefined) return sendJson(response, 200, { body: request.body });
    response.setHeader("www-authenticate", `DPoP error="${error}", algs="ES256"`);
    sendJson(response, 401, { error });
  }
}
