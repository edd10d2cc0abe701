/**
 * DPoP (RFC 9449): tokens that are of no use without a key that stays in the browser. Only who imports it loads it.
 *
 * @packageDocumentation
 */

/**
 * The key of a session. Without options it is made in IndexedDB, where all tabs of the origin share it and no script can
 * read its private half. It outlives sign-outs: without tokens it opens nothing, and the next sign-in uses it again. When the
 * browser's data is cleared it is lost, and with it every token that is bound to it: sign in again.
 *
 * @throws `EvertokenError` `invalid-option`; `store-unavailable` when IndexedDB is missing or refuses it;
 * `platform-missing` without WebCrypto, which browsers have on https and on localhost.
 *
 * @example
 * ```js
 * import { createSession, oauth2 } from "evertoken";
 * import { dpopKey } from "evertoken/dpop";
 *
 * const tokenEndpoint = "https://id.example.com/oauth/token";
 * const dpop = await dpopKey();
 * const session = await createSession({
 *   backend: oauth2({ tokenEndpoint, clientId: "my-app" }),
 *   origins: ["https://api.example.com"],
 *   dpop,
 * });
 * // The login is yours; the key takes part in it where the code is exchanged.
 * const body = new URLSearchParams({ grant_type: "authorization_code", client_id: "my-app", code, code_verifier, redirect_uri });
 * const answer = await (await dpop.fetch(tokenEndpoint, { method: "POST", body })).json();
 * await session.adopt({ access: answer.access_token, refresh: answer.refresh_token, expiresIn: answer.expires_in });
 * ```
 */
export function dpopKey(options?: {
  /** The session's name: keys of one name are one key. Default: `"default"`. */
  name?: string | undefined;
  /** A pair of your own for ECDSA on P-256, where there is no IndexedDB. Keep it as long as the session. */
  keyPair?: { readonly privateKey: Key; readonly publicKey: Key } | undefined;
}): Promise<DpopKey>;

/** A `CryptoKey`: Node's types have no global name for it. */
type Key = Parameters<typeof crypto.subtle.sign>[1];

/** A key for DPoP, made by {@link dpopKey}; the option `dpop` of `createSession`. */
export interface DpopKey {
  /** The thumbprint of the public key (RFC 7638): `dpop_jkt` in an authorization request, `cnf.jkt` in a token. */
  readonly thumbprint: string;

  /**
   * `fetch` with a proof and without a token, for requests of your own to the token endpoint. A server that asks for a nonce
   * is given it, once.
   */
  fetch(...request: Parameters<typeof globalThis.fetch>): Promise<Response>;

  /** A proof for one request: the value of its header `DPoP`. Servers take each proof once. */
  proof(request: {
    /** The request's method, in capitals. */
    method: string;
    /** Its absolute URL; query and fragment are left out. */
    url: string | URL;
    /** The server's last `DPoP-Nonce`, if it gave one. */
    nonce?: string;
    /** The access token that goes along with it, if one does. */
    accessToken?: string;
  }): Promise<string>;
}

export {};
