// @ts-check
// A page's end of the channel to its worker.
import { closed } from "#errors";
import { packed, unpacked } from "./wire.js";

export class Link {
  #port;
  #ended;
  /** The numbers of what is under way. @type {Set<number>} */
  #talks = new Set();
  /** Who waits for a message of it. @type {Map<number, (message: any) => void>} */
  #hearers = new Map();
  #count = 0;
  /** A body that nobody can read any more is not sent any more either. */
  #dropped = new FinalizationRegistry((/** @type {number} */ id) => this.#abort(id));
  /** Why nothing new can be asked. */
  #failed;
  /** Why nobody answers any more. */
  #dead;
  /** Told what the worker says unasked. @type {(message: any) => void} */
  onnews = () => {};

  /** @param {MessagePort} port @param {() => void} ended called when the session is closed and nothing is under way */
  constructor(port, ended) {
    this.#port = port;
    this.#ended = ended;
    port.onmessage = ({ data }) => {
      if (data.id === undefined) this.onnews(data);
      else this.#hearers.get(data.id)?.(data);
    };
  }

  /** Throws the reason why every call fails. */
  check() {
    if (this.#failed) throw this.#failed;
  }

  post(message, transfer = []) {
    this.#port.postMessage(message, transfer);
  }

  /** The number of a new talk, which `hear` listens to until {@link done}. @param {(message: any) => void} hear */
  open(hear) {
    const id = ++this.#count;
    this.#talks.add(id);
    this.#hearers.set(id, hear);
    return id;
  }

  /** Nothing is awaited: from here nothing leads to who hears, so that it may be dropped with the body. */
  pause(id) {
    this.#hearers.delete(id);
  }

  resume(id, hear) {
    this.#hearers.set(id, hear);
    if (this.#dead) hear(this.#dead);
  }

  /** Ends the talk when its body has been dropped. */
  watch(body, id) {
    this.#dropped.register(body, id);
  }

  done(id) {
    this.#hearers.delete(id);
    this.#talks.delete(id);
    this.#endIfIdle();
  }

  /** Has the worker do something. @returns {Promise<any>} */
  async ask(type, argument) {
    this.check();
    return new Promise((resolve, reject) => {
      const id = this.open(({ type, value, error }) => {
        this.done(id);
        if (type === "failed") reject(unpacked(error));
        else resolve(value);
      });
      this.post({ type, id, argument });
    });
  }

  /** Nothing new is asked; what is under way ends by itself. */
  close() {
    if (this.#failed?.code !== "closed") this.post({ type: "leave" });
    this.#failed = closed();
    this.#endIfIdle();
  }

  /** The worker is no more. */
  fail(error) {
    this.#failed ??= error;
    this.#dead = { type: "failed", error: packed(error) };
    for (const hear of [...this.#hearers.values()]) hear(this.#dead);
  }

  #abort(id) {
    if (!this.#talks.has(id)) return;
    this.post({ type: "abort", id });
    this.done(id);
  }

  #endIfIdle() {
    if (this.#failed && !this.#talks.size) this.#ended();
  }
}
