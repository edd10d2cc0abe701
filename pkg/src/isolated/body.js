// @ts-check
// A body as messages, each chunk when it is asked for. Not every browser transfers streams, and where they do, their chunks
// are messages, too.
import { packed, unpacked } from "./wire.js";

/**
 * Sends what a stream yields: the first chunk unasked, and one for each pull.
 * @param {ReadableStream} stream
 * @param {(message: object, transfer?: Transferable[]) => void} post
 */
export function outgoing(stream, post) {
  const reader = stream.getReader();
  const pull = async () => {
    try {
      const { done, value } = await reader.read();
      if (done) return post({ type: "end" });
      // A copy: the buffer may be the caller's, or shared with other chunks. What is no chunk, `fetch` refuses there.
      const chunk = value instanceof Uint8Array ? value.slice() : value;
      post({ type: "chunk", chunk }, chunk === value ? [] : [chunk.buffer]);
    } catch (error) {
      post({ type: "broken", error: packed(error) });
    }
  };
  pull();
  return { pull, cancel: (reason) => void reader.cancel(reason).catch(() => {}) };
}

/** The stream that the other side sends. What goes wrong here is told there by `cancel`. */
export class Incoming {
  /** @type {ReadableStreamDefaultController} */
  #controller;
  #chunkCame = () => {};
  #isAsked = true;
  #isOver = false;
  /** Why the stream ended early. */
  failure;

  /** @param {{ ask: () => void, cancel: () => void }} sender */
  constructor({ ask, cancel }) {
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        if (!this.#isAsked) ask();
        this.#isAsked = false;
        return new Promise((resolve) => (this.#chunkCame = resolve));
      },
      cancel: () => {
        this.#isOver = true;
        cancel();
      },
    });
  }

  /** Takes a message of {@link outgoing}; returns whether it was the last. What has crossed a `cancel` on the way is nothing. */
  take({ type, chunk, error }) {
    if (this.#isOver) return true;
    if (type === "broken") this.fail(unpacked(error));
    else if (type === "chunk") this.#controller.enqueue(chunk);
    else this.#end();
    this.#chunkCame(undefined);
    return this.#isOver;
  }

  fail(error) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.failure = error;
    this.#controller.error(error);
  }

  #end() {
    this.#isOver = true;
    this.#controller.close();
  }
}
