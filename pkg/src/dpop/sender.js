// @ts-check
import { Servers } from "./servers.js";

/** Clocks that differ by less, in milliseconds, are no reason to refuse a proof. */
const TOLERANCE = 5000;

/** Sends requests with proofs of one key. */
export class Sender {
  #prove;
  #servers = new Servers();

  /** @param {Awaited<ReturnType<typeof import("./proof.js").proverOf>>["prove"]} prove */
  constructor(prove) {
    this.#prove = prove;
  }

  /**
   * Sends a request; once more where the server refuses the proof and there is something better to say: another nonce, or
   * none, or another time. That has nothing to do with the token, which was not even looked at. `once` is for bodies that cannot be sent
   * twice.
   * @param {RequestInfo | URL} input
   * @param {RequestInit | undefined} init
   * @param {(response: Response) => import("./servers.js").Refusal | Promise<import("./servers.js").Refusal>} refusalOf
   * @param {{ accessToken?: string, skew?: number, once?: boolean, network?: typeof fetch }} [particulars]
   */
  async send(input, init, refusalOf, { accessToken, skew, once = false, network = globalThis.fetch } = {}) {
    // Before anything is waited for: `fetch` takes up the body at the call.
    const { method, url, attempt } = prepare(input, init, network);
    for (let last = once; ; last = true) {
      const said = this.#known(url, skew);
      const response = await attempt(await this.#prove({ method, url, accessToken, ...said }), last);
      const refusal = await refusalOf(response);
      this.#servers.take(response.url || url, response, refusal);
      const better = this.#known(url, skew);
      const isBetter = better.nonce !== said.nonce || Math.abs(better.skew - said.skew) > TOLERANCE;
      if (last || !refusal || !isBetter) return response;
      response.body?.cancel().catch(() => {});
    }
  }

  /** What a proof for this server says; `skew` is what the session knows, if it knows any. */
  #known(url, skew) {
    const { nonce, skew: newer = skew || 0 } = this.#servers.of(url);
    return { nonce, skew: newer };
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
