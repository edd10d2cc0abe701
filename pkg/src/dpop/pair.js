// @ts-check
// The key pair in IndexedDB, one for all tabs of the origin.
import { EvertokenError } from "#errors";
import { inDatabase, settled } from "#shared";

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

/**
 * The pair under this name; made, if there is none. The private key never leaves the browser's keeping.
 * @param {string} name the session's
 * @returns {Promise<CryptoKeyPair>}
 */
export async function storedPair(name) {
  const key = [name, "dpop"];
  const read = async (entries) => settled(entries.get(key));
  try {
    const stored = await inDatabase("readonly", read);
    if (isPair(stored)) return stored;
    // No transaction outlives the making of a key. Of two tabs that make one, the first to write decides for both.
    const made = await crypto.subtle.generateKey(ECDSA, false, ["sign"]);
    return await inDatabase("readwrite", async (entries) => {
      const present = await read(entries);
      if (isPair(present)) return present;
      entries.put(made, key);
      return made;
    });
  } catch (cause) {
    const message =
      "The DPoP key cannot be kept in IndexedDB; without it, in Node for instance, pass a keyPair of your own.";
    throw new EvertokenError("store-unavailable", message, { cause });
  }
}

/** @param {any} pair */
export function isPair(pair) {
  const { privateKey, publicKey } = pair ?? {};
  const signs = privateKey?.algorithm?.namedCurve === ECDSA.namedCurve && privateKey.usages.includes("sign");
  return signs && publicKey?.extractable;
}
