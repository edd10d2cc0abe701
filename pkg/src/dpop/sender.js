// @ts-check
import { Nonces } from "./nonces.js";

/** Sends requests with proofs of one key. */
export class Sender {
  #prove;
  #nonces = new Nonces();

  /** @param {Awaited<ReturnType<typeof import("./proof.js").proverOf>>["prove"]} prove */
  constructor(prove) {
    this.#prove = prove;
  }

  /**
   * Sends a request; once more where the server refuses the proof and there is something better to say: another nonce, or
   * none. That has nothing to do with the token, which was not even looked at. `once` is for bodies that cannot be sent
   * twice.
   * @param {RequestInfo | URL} input
   * @param {RequestInit | undefined} init
   * @param {(response: Response) => import("./nonces.js").Refusal | Promise<import("./nonces.js").Refusal>} refusalOf
   * @param {{ accessToken?: string, skew?: number, once?: boolean, network?: typeof fetch }} [particulars]
   */
  async send(input, init, refusalOf, { accessToken, skew, once = false, network = globalThis.fetch } = {}) {
    // Before anything is waited for: `fetch` takes up the body at the call.
    const { method, url, attempt } = prepare(input, init, network);
    for (let last = once; ; last = true) {
      const nonce = this.#nonces.of(url);
      const response = await attempt(await this.#prove({ method, url, nonce, accessToken, skew }), last);
      const refusal = await refusalOf(response);
      this.#nonces.take(response.url || url, response, refusal);
      if (last || !refusal || this.#nonces.of(url) === nonce) return response;
      response.body?.cancel().catch(() => {});
    }
  }
}

/** The request as the platform reads it, and how it is sent with a proof; the last time without a copy. */
function prepare(input, init, network) {
  if (!(input instanceof Request)) {
    const { method, url } = new Request(input, { method: init?.method });
    const attempt = (proof) => network(input, { ...init, headers: proven(new Headers(init?.headers), proof) });
    return { method, url, attempt };
  }
  const request = new Request(input, init);
  const attempt = (proof, last) => {
    const sent = last ? request : request.clone();
    proven(sent.headers, proof);
    return network(sent);
  };
  return { method: request.method, url: request.url, attempt };
}

function proven(headers, proof) {
  headers.set("dpop", proof);
  return headers;
}
