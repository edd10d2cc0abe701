// @ts-check
// The WebAssembly side: loads it, calls it, and survives its end.
import { Engine, __wbg_reset_state, initSync } from "#glue";
import wasm from "#wasm";
import { EvertokenError, closed, fromReport } from "./errors.js";

/** @type {Promise<void> | undefined} The instance that all sessions of a page share. */
let loading;
let loadedBefore = false;

/** @type {Set<Core>} The sessions that live in the instance. */
const cores = new Set();

/** Loads the WebAssembly, once; after a failure the next call tries again. */
function load() {
  loading ??= instantiate().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function instantiate() {
  const module = await compile();
  if (loadedBefore) __wbg_reset_state();
  else initSync({ module });
  loadedBefore = true;
}

async function compile() {
  const deflated = Uint8Array.from(atob(wasm), (char) => char.charCodeAt(0));
  const bytes = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const binary = await new Response(bytes).arrayBuffer();
  try {
    return await WebAssembly.compile(binary);
  } catch (cause) {
    const message =
      "The page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src directive.";
    throw new EvertokenError("wasm-blocked", message, { cause });
  }
}

/** The instance has trapped: nothing in it can be relied on. What is pending fails, and the next session gets a new one. */
function crash(cause) {
  loading = undefined;
  for (const core of cores) core.fail(cause);
  cores.clear();
}

/** One engine, called so that a trap or a panic inside never leaves anybody waiting. */
export class Core {
  #engine;
  #failed;
  #instance = loading;
  /** @type {Set<(reason: unknown) => void>} */
  #pending = new Set();

  /** @param {string} options JSON text */
  static async start(options) {
    await load();
    const core = new Core();
    // Late results for an engine that has crashed trap again, and are no news.
    core.#engine = core.#guard(() => new Engine(options, (trap) => core.#translate(trap)));
    cores.add(core);
    // Signed out is an answer too: it is known now.
    await core.ask((engine) => engine.loaded()).catch((error) => {
      if (error.code !== "signed-out") throw error;
    });
    return core;
  }

  /**
   * Calls the engine now.
   * @template T
   * @param {(engine: Engine) => T} use
   * @returns {T}
   */
  call(use) {
    if (this.#failed !== undefined) throw this.#failed;
    return this.#guard(() => use(this.#engine));
  }

  /**
   * Calls the engine for a promise that settles whatever happens to the engine.
   * @template T
   * @param {(engine: Engine) => Promise<T>} use
   * @returns {Promise<T>}
   */
  ask(use) {
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      const settle = (then) => (value) => {
        this.#pending.delete(reject);
        then(value);
      };
      try {
        this.call(use).then(
          settle(resolve),
          settle((report) => reject(this.#translate(report))),
        );
      } catch (error) {
        settle(reject)(error);
      }
    });
  }

  /** Fails everything that is pending and every later call. */
  fail(cause) {
    this.#failed = new EvertokenError("crashed", "The session's WebAssembly has crashed; create a new session.", {
      cause,
    });
    for (const reject of this.#pending) reject(this.#failed);
    this.#pending.clear();
  }

  /** Lets go of the engine; what is under way in it ends by itself. Every later call fails with `closed`. */
  close() {
    try {
      this.call((engine) => {
        engine.close();
        engine.free();
      });
    } catch {
      // What was closed before, or has crashed, has nothing to close.
    }
    this.#failed = closed();
    cores.delete(this);
  }

  #guard(use) {
    try {
      return use();
    } catch (error) {
      throw this.#translate(error);
    }
  }

  /** Reports are strings; anything else that comes out of the engine is its end. */
  #translate(thrown) {
    if (typeof thrown === "string") return fromReport(JSON.parse(thrown));
    // What comes late, out of an instance that has crashed before, says nothing about the next one.
    if (this.#instance === loading) crash(thrown);
    // Not among the cores while it starts.
    if (this.#failed === undefined) this.fail(thrown);
    return this.#failed;
  }
}
