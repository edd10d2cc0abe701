// @ts-check
// A page's end of the channel to its worker.
import { closed } from "#errors";
import { packed, unpacked } from "./wire.js";

export class Link {
  #port;
  #ended;
  /** Who listens to what is under way, by its number. @type {Map<number, (message: any) => void>} */
  #hearers = new Map();
  #count = 0;
  /** Why nothing new can be asked. */
  #failed;
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

  /** The number of something new, whose messages `hear` gets until it is {@link done}. @param {(message: any) => void} hear */
  open(hear) {
    this.#hearers.set(++this.#count, hear);
    return this.#count;
  }

  done(id) {
    this.#hearers.delete(id);
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
    for (const hear of [...this.#hearers.values()]) hear({ type: "failed", error: packed(error) });
  }

  #endIfIdle() {
    if (this.#failed && !this.#hearers.size) this.#ended();
  }
}
