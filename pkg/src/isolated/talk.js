// @ts-check
// A request of the page that is under way in the worker, from its first message to its last.
import { answerOf } from "./answer.js";
import { Incoming, outgoing } from "./body.js";
import { unpacked } from "./wire.js";

/** A body that nobody can read any more is not sent any more either. */
const dropped = new FinalizationRegistry((/** @type {Talk} */ talk) => talk.give());

export class Talk {
  #link;
  #signal;
  #settle;
  #id;
  #isOver = false;
  #sending;
  /** The answer's body. A signal that lives longer must not keep it from being found dropped. @type {WeakRef<Incoming> | undefined} */
  #receiving;
  /** The same while a chunk of it is to come: somebody may wait for that, and only this leads there. */
  #awaited;

  /**
   * @param {import("./link.js").Link} link
   * @param {AbortSignal} signal
   * @param {{ resolve: (response: Response) => void, reject: (reason: unknown) => void }} settle
   */
  constructor(link, signal, settle) {
    this.#link = link;
    this.#signal = signal;
    this.#settle = settle;
    this.#id = link.open((message) => this.#hear(message));
    signal.addEventListener("abort", this.#abort);
  }

  /** Has the worker send it, unless it is over already. */
  begin(url, init, upload) {
    if (this.#isOver) return;
    this.#post({ type: "fetch", url, init, streams: upload !== undefined });
    this.#sending = upload && outgoing(upload, this.#post);
  }

  fail(reason) {
    this.#sending?.cancel(reason);
    this.#finish();
    this.#receiving?.deref()?.fail(reason);
    this.#settle.reject(reason);
  }

  /** Nobody wants the rest of it. */
  give() {
    this.#post({ type: "abort" });
    this.#finish();
  }

  #abort = () => {
    this.#post({ type: "abort" });
    this.fail(this.#signal.reason);
  };

  #post = (message, transfer) => {
    if (!this.#isOver) this.#link.post({ ...message, id: this.#id }, transfer);
  };

  #finish() {
    this.#isOver = true;
    this.#awaited = undefined;
    // Who has answered wants no more of it.
    this.#sending?.cancel();
    this.#signal.removeEventListener("abort", this.#abort);
    this.#link.done(this.#id);
  }

  #hear(message) {
    const { type, hasBody, error } = message;
    if (type === "answer") {
      this.#settle.resolve(answerOf(message, hasBody ? this.#receive() : undefined));
      if (!hasBody) this.#finish();
    } else if (type === "failed") this.fail(unpacked(error));
    else if (type === "pull") this.#sending.pull();
    else if (type === "cancel") this.#sending.cancel();
    else this.#take(message);
  }

  #receive() {
    const ask = () => {
      this.#awaited = body;
      this.#post({ type: "pull" });
    };
    const body = new Incoming({ ask, cancel: () => this.give() });
    this.#awaited = body;
    this.#receiving = new WeakRef(body);
    dropped.register(body.stream, this);
    return body;
  }

  #take(message) {
    this.#awaited = undefined;
    if (this.#receiving?.deref()?.take(message)) this.#finish();
  }
}
