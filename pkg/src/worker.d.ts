/**
 * The worker's side of `evertoken/isolated`: it keeps a session for the pages that connect to it.
 *
 * @packageDocumentation
 */
import type { SessionOptions } from "./types/options.js";

export * from "./types/api.js";

/** What `serveSession` takes. It is read in the worker alone; no page can change it. */
export interface WorkerSessionOptions extends SessionOptions {
  /**
   * Where the session is kept. Default: `"memory"`, which no script of a page can read, and which ends with the worker.
   * `"indexeddb"` outlives it, and every script of the origin can read it. Workers have neither localStorage nor sessionStorage.
   */
  store?: Exclude<SessionOptions["store"], "local" | "session">;
}

/**
 * Serves a session to the pages that connect to this worker, a dedicated or a shared one. Call it once, at the top of the worker's
 * script and before it waits for anything; options that have to be waited for come from a function. It is called for the first page,
 * and again after a failure. What is wrong with the options, every page's `createSession` is told.
 *
 * @example
 * ```js
 * import { serveSession, simpleJwt } from "evertoken/worker";
 *
 * serveSession({ backend: simpleJwt("https://api.example.com/api/token/") });
 * ```
 */
export function serveSession(options: WorkerSessionOptions | (() => WorkerSessionOptions | Promise<WorkerSessionOptions>)): void;
