// @ts-check
// A page's request as its worker carries it out.
import { Incoming, outgoing } from "./body.js";
import { packed } from "./wire.js";

/** Statuses whose answers have no body (Fetch standard, null body status). */
const WITHOUT_BODY = [101, 204, 205, 304];

export class Exchange {
  #post;
  #abortion = new AbortController();
  #upload;
  #download;
  #keepalive;
  #isAbandoned = false;

  /** @param {(message: object, transfer?: Transferable[]) => void} post */
  constructor(post) {
    this.#post = post;
  }

  /** Resolves when there is nothing more to hear or tell. */
  async run(server, { url, init, streams }) {
    try {
      const gate = await server.running();
      this.#keepalive = init.keepalive;
      const { response, head } = await gate.fetch(String(url), { ...init, ...(streams && this.#uploaded()), signal: this.#abortion.signal });
      if (this.#isAbandoned) return this.#abortion.abort();
      const body = WITHOUT_BODY.includes(response.status) ? null : response.body;
      this.#post({ type: "answer", ...head, hasBody: body !== null });
      if (body) await this.#send(body);
    } catch (error) {
      this.#post({ type: "failed", error: packed(error) });
    }
  }

  hear(message) {
    if (message.type === "pull") this.#download?.pull();
    else if (message.type === "abort") this.#abortion.abort();
    else if (/^(chunk|end|broken)$/.test(message.type)) this.#upload?.take(message);
  }

  /** The page is no more. A request that it wanted to outlive it does, an answer does not. */
  abandon() {
    this.#isAbandoned = true;
    if (!this.#keepalive || this.#download) this.#abortion.abort();
  }

  #uploaded() {
    this.#upload = new Incoming({ ask: () => this.#post({ type: "pull" }), cancel: () => this.#post({ type: "cancel" }) });
    return { body: this.#upload.stream, duplex: "half" };
  }

  #send(body) {
    return new Promise((sent) => {
      this.#abortion.signal.addEventListener("abort", sent);
      this.#download = outgoing(body, (message, transfer) => {
        this.#post(message, transfer);
        if (message.type !== "chunk") sent(undefined);
      });
    });
  }
}
