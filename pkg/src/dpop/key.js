// @ts-check
import { EvertokenError, invalidOption } from "#errors";
import { refusedByEndpoint, refusedByResource } from "./servers.js";
import { isPair, storedPair } from "./pair.js";
import { boundTo, proverOf } from "./proof.js";
import { Sender } from "./sender.js";
import { createTransport } from "./transport.js";

export async function dpopKey({ name = "default", keyPair, ...unknown } = {}) {
  for (const field of Object.keys(unknown)) throw invalidOption(field, "is not one of: name, keyPair.");
  if (typeof name !== "string" || name === "") throw invalidOption("name", "is missing or empty.");
  if (keyPair !== undefined && !isPair(keyPair)) throw invalidOption("keyPair", "is not a pair of ECDSA keys on P-256.");
  if (!globalThis.crypto?.subtle) {
    throw new EvertokenError("platform-missing", "DPoP needs WebCrypto; browsers have it on https and on localhost.");
  }
  const { prove, thumbprint } = await proverOf(keyPair ?? (await storedPair(name)));
  return new DpopKey(prove, thumbprint);
}

/** What `createSession` asks of it is below the line; it is not for applications. */
class DpopKey {
  #prove;
  #sender;
  /** The last token that was looked at and found good. */
  #checked;

  constructor(prove, thumbprint) {
    this.#prove = prove;
    this.#sender = new Sender(prove);
    this.thumbprint = thumbprint;
    Object.freeze(this);
  }

  proof({ method, url, nonce, accessToken }) {
    return this.#prove({ method, url, nonce, accessToken });
  }

  fetch(input, init) {
    const refusalOf = async (response) => refusedByEndpoint(await response.clone().json().catch(() => {}));
    return this.#sender.send(new Request(input, init), undefined, refusalOf);
  }

  // --------------------------------------------------------------------------------------------------------------------

  /** How a session's requests are sent with the token. */
  get placement() {
    const fetch = async (input, init, { token, skew }, once) => {
      this.#check(token);
      return this.#sender.send(input, init, refusedByResource, { accessToken: token, skew, once });
    };
    return { header: "authorization", prefix: "DPoP ", fetch };
  }

  /** How requests are sent to a session's backend, by way of its own transport where it has one. */
  transport(core, transport) {
    return createTransport(this.#sender, () => core.bearer?.skew, transport);
  }

  /** A token that names another key is of no use: no refresh could cure that. */
  #check(token) {
    if (token === this.#checked) return;
    if ((boundTo(token) ?? this.thumbprint) !== this.thumbprint) {
      const message =
        "The tokens are bound to another DPoP key: this one is new, because the browser's data was cleared, or the login used another one. Sign in again.";
      throw new EvertokenError("dpop-key-lost", message);
    }
    this.#checked = token;
  }
}
