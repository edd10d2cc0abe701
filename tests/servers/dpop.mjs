// DPoP proofs (RFC 9449), made by hand.
import { createHash, randomUUID, webcrypto } from "node:crypto";

const { subtle } = webcrypto;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

export const hash = (text) => createHash("sha256").update(text).digest("base64url");

/** A key: the thumbprint of its public half, and `proof(method, url, claims)`. */
export async function newKey() {
  const { privateKey, publicKey } = await subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const { crv, kty, x, y } = await subtle.exportKey("jwk", publicKey);
  const jwk = { crv, kty, x, y };
  return {
    jkt: hash(JSON.stringify(jwk)),
    async proof(htm, htu, claims = {}) {
      const header = encoded({ typ: "dpop+jwt", alg: "ES256", jwk });
      const payload = encoded({ htm, htu, jti: randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims });
      const signature = await subtle.sign(ALGORITHM, privateKey, Buffer.from(`${header}.${payload}`));
      return `${header}.${payload}.${Buffer.from(signature).toString("base64url")}`;
    },
  };
}
