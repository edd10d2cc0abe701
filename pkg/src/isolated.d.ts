/**
 * A session whose tokens are in a worker and never enter the page. The worker is a file of the application's that calls
 * `serveSession` of `evertoken/worker`.
 *
 * @packageDocumentation
 */
import type { Session } from "./types/session.js";

export { denialOf, type Denial } from "./types/answers.js";
export * from "./types/errors.js";
export * from "./types/events.js";
export * from "./types/session.js";

/** What `createSession` takes. */
export interface IsolatedSessionOptions {
  /** A worker that serves the session. A shared worker keeps one session for all tabs, and it survives each of them. */
  worker: SharedWorker | Worker;
}

/** A {@link Session} without what would tell a token. */
export interface IsolatedSession extends Session {
  /** Throws {@link EvertokenError} `isolated`. */
  readonly idToken: never;
  /** Rejects with {@link EvertokenError} `isolated`. */
  accessToken(): Promise<never>;
}

/**
 * Connects to the session in a worker; it has read its store when this resolves. Requests to its origins are sent by the worker, all
 * others by the page.
 *
 * @throws `EvertokenError` `worker-unavailable` when the worker does not start within 30 seconds, `worker-outdated` when a shared worker
 * of another build runs, `crashed` when it ends; and what `createSession` of `evertoken` says of the options that the worker has.
 * After a failure a new call tries again.
 *
 * @example
 * ```js
 * const worker = new SharedWorker(new URL("./session-worker.js", import.meta.url), { type: "module" });
 * const session = await createSession({ worker });
 * await session.signIn({ username: "demo", password: "secret" });
 * const response = await session.fetch("https://api.example.com/api/protected/");
 * ```
 */
export function createSession(options: IsolatedSessionOptions): Promise<IsolatedSession>;
