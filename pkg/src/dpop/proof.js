// @ts-check
// DPoP proofs (RFC 9449 section 4.2): a JWT, signed with ES256, that names one request.

const encoder = new TextEncoder();

/** @param {ArrayBuffer | Uint8Array} bytes */
function base64url(bytes) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return plain.replace(/[+/=]/g, (character) => ({ "+": "-", "/": "_" })[character] ?? "");
}

/** @param {string} text */
async function hash(text) {
  return base64url(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** @param {object} value */
function part(value) {
  return base64url(encoder.encode(JSON.stringify(value)));
}

/**
 * What makes proofs with a key, and the key's thumbprint (RFC 7638).
 * @param {CryptoKeyPair} pair
 */
export async function proverOf({ privateKey, publicKey }) {
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const head = part({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } });
  // The members in the order of their names: the hash is over exactly this text.
  const thumbprint = await hash(JSON.stringify({ crv, kty, x, y }));

  /** @param {{ method: string, url: string | URL, nonce?: string, accessToken?: string, skew?: number }} request */
  async function prove({ method, url, nonce, accessToken, skew = 0 }) {
    const { origin, pathname } = new URL(url);
    const claims = {
      jti: crypto.randomUUID(),
      htm: method,
      htu: origin + pathname,
      iat: Math.floor((Date.now() + skew) / 1000),
      nonce,
      ath: accessToken && (await hash(accessToken)),
    };
    const signed = `${head}.${part(claims)}`;
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    return `${signed}.${base64url(await crypto.subtle.sign(algorithm, privateKey, encoder.encode(signed)))}`;
  }
  return { prove, thumbprint };
}

/**
 * The thumbprint of the key that a token is bound to, where the token says it.
 * @param {string} token
 * @returns {string | undefined}
 */
export function boundTo(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)).cnf.jkt;
  } catch {
    // An opaque token, or one that names no key.
  }
}
