// @ts-check
// The WebAssembly side: one instance is one session, so that a trap in one ends no other. Only numbers and texts cross the
// border, the same way in both directions: texts are handed over first, one by one, and belong to the call that follows.
import { createHost } from "#platform/host.js";
import { openStore } from "#platform/stores.js";
import { EvertokenError, closed } from "#errors";
import { EVENTS } from "./events.js";
import { decoded, numberIn, objectIn, textOf, valueAt } from "./readers.js";

/** As the WebAssembly counts them. */
const REVOCATIONS = ["done", "not-supported", "failed"];
const ANY = 0;

/** The most events that are kept for the first listener. */
const BACKLOG = 64;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** A token with the stamp of its record: `{ session, generation, token }`. */
export class Core {
  /** The bearer in use. */
  bearer;
  #host;
  #transport;
  #exports;
  /** Why no call is possible any more. */
  #failed;
  #crashed = false;
  /** What the WebAssembly has handed over. */
  #said = [];
  /** The objects that it has had read, until its call ends. */
  #objects = [];
  #callers = new Map();
  #count = 0;
  #events = [];
  #observer;

  /**
   * @param {{ texts: string[], refreshAhead: number, store: string | object, name: string, transport?: any, dpop?: any,
   *   debug?: any }} options
   * @param {WebAssembly.Module} wasm
   */
  static async start({ texts, refreshAhead, store, name, transport, dpop, debug }, wasm) {
    const core = new Core();
    core.#transport = dpop ? dpop.transport(core, transport) : transport;
    // Not by the constructor, which browsers before 2023 refuse to run for a large module.
    core.#exports = (await WebAssembly.instantiate(wasm, { host: core.#imports() })).exports;
    const open = debug?.host(createHost) ?? createHost;
    core.#host = open(openStore(store, name), (...result) => core.#deliver(...result), core.#transport);
    core.call("start", texts, refreshAhead);
    // Signed out is an answer too: it is known now.
    await core.ask("want", [], ANY).catch((error) => {
      if (error.code !== "signed-out") throw error;
    });
    return core;
  }

  /** Calls the WebAssembly now. */
  call(name, texts = [], ...numbers) {
    if (this.#failed) throw this.#failed;
    this.#host.called?.(name, numbers);
    try {
      return this.#call(name, texts, numbers);
    } catch (trap) {
      throw this.#crash(trap);
    }
  }

  /** Calls the WebAssembly for an answer; there will be one whatever happens to it. */
  ask(name, texts, ...numbers) {
    return new Promise((resolve, reject) => {
      this.#callers.set(++this.#count, { resolve, reject });
      this.call(name, texts, this.#count, ...numbers);
    });
  }

  get state() {
    this.call("state");
    return this.#take()[1];
  }

  get idToken() {
    this.call("state");
    return this.#take()[0];
  }

  /** Has `observer` told every event; what happened before the first one is told to it. */
  observe(observer) {
    if (this.#failed) throw this.#failed;
    this.#observer = observer;
    queueMicrotask(() => this.#tell());
  }

  /** Stops timers and listeners; what is under way ends by itself. Every later call fails with `closed`. */
  close() {
    try {
      this.call("close");
    } catch {
      // What was closed before, or has crashed, has nothing to close.
    }
    this.#failed = closed();
    this.#observer = undefined;
    this.#host.close();
  }

  #call(name, texts, numbers) {
    for (const text of texts) this.#hand(text);
    const result = this.#exports[name](...numbers);
    this.#objects.length = 0;
    return result;
  }

  /** Hands a text over to the WebAssembly, if there is one. */
  #hand(text) {
    if (text === undefined) return;
    const bytes = encoder.encode(text);
    const start = this.#exports.text(bytes.length);
    new Uint8Array(this.#exports.memory.buffer, start).set(bytes);
  }

  /** What the host has to say. */
  #deliver(kind, job, ok, text, ...numbers) {
    if (this.#crashed) return;
    try {
      this.#call("deliver", [text], [kind, job, ok, ...numbers]);
    } catch (trap) {
      this.#crash(trap);
    }
  }

  /** After a trap nothing in the instance can be relied on: what is pending fails, and what it holds is let go. */
  #crash(cause) {
    const message = "The session's WebAssembly has crashed; create a new session.";
    this.#failed ??= new EvertokenError("crashed", message, { cause });
    this.#crashed = true;
    for (const { reject } of this.#callers.values()) reject(this.#failed);
    this.#callers.clear();
    this.#host.abandon();
    return this.#failed;
  }

  #take() {
    return this.#said.splice(0);
  }

  #tell() {
    if (this.#observer) for (const event of this.#events.splice(0)) this.#observer?.(event);
  }

  /** What an object has at the path that has been said. */
  #at(object) {
    return valueAt(this.#objects[object - 1], this.#said.pop());
  }

  /** What the WebAssembly calls. */
  #imports() {
    const host = (name) => (...numbers) => this.#host[name](...numbers, ...this.#take());
    return {
      lock: host("lock"),
      unlock: host("unlock"),
      load: host("load"),
      read: host("read"),
      swap: host("swap"),
      send: host("send"),
      announce: host("announce"),
      wake: (delay) => this.#host.wake(delay, this.#callers.size > 0),

      json: () => {
        const object = objectIn(this.#said.pop());
        return object ? this.#objects.push(object) : 0;
      },
      string: (object, plain) => this.#hand(textOf(this.#at(object), plain)),
      number: (object) => numberIn(this.#at(object)),
      base64url: () => this.#hand(decoded(this.#said.pop())),

      wall: () => Date.now(),
      monotonic: () => performance.now(),
      random: () => Math.random(),

      text: (start, size) => {
        const bytes = start && new Uint8Array(this.#exports.memory.buffer, start, size);
        this.#said.push(bytes ? decoder.decode(bytes) : undefined);
      },
      problem: (retryAfter) => {
        const [code, message] = this.#take();
        const cause = this.#transport?.cause?.(code);
        this.#said.push(new EvertokenError(code, message, { retryAfter: known(retryAfter / 1000), cause }));
      },
      bearer: (session, generation, skew) => this.#said.push({ session, generation, skew, token: this.#said.pop() }),
      state: (session, generation, receivedAt, staleAt, expiresAt) => {
        const sessionId = BigInt.asUintN(64, session).toString(16).padStart(16, "0");
        const claims = JSON.parse(this.#said.pop());
        const lines = { receivedAt, staleAt: known(staleAt), expiresAt: known(expiresAt) };
        this.#said.push({ status: "signed-in", sessionId, generation, ...lines, claims });
      },

      publish: () => {
        [this.bearer] = this.#take();
      },
      emit: (kind, number) => {
        const event = { type: EVENTS[kind] };
        const [said] = this.#take();
        if (kind < 2) event.generation = number;
        else event[kind === 2 ? "reason" : "error"] = said;
        if (kind === 3) event.retryAt = Date.now() + number;
        this.#host.emitted?.(event);
        this.#events.push(event);
        if (this.#events.length > BACKLOG) this.#events.shift();
        queueMicrotask(() => this.#tell());
      },
      // The outcomes: an error, a value, and those of a revocation.
      answer: (id, outcome) => {
        const [said] = this.#take();
        const caller = this.#callers.get(id);
        this.#callers.delete(id);
        if (outcome === 0) caller?.reject(said);
        else caller?.resolve(outcome === 1 ? said : { revocation: REVOCATIONS[outcome - 2], error: said });
      },
    };
  }
}

function known(number) {
  return Number.isNaN(number) ? undefined : number;
}
