/**
 * Keeps a signed-in session alive: refreshes JWT pairs without races, lost rotations or needless logouts.
 *
 * @packageDocumentation
 */
import type { SessionOptions } from "./types/options.js";
import type { Session } from "./types/session.js";

export * from "./types/api.js";

/**
 * Reads the store and starts a session; a stored one is in use when this resolves. A store that cannot be read is no
 * error: the session is signed out then.
 *
 * @throws {@link EvertokenError} `invalid-option` names the option that makes no sense; `wasm-blocked` when the page's
 * Content-Security-Policy lacks `'wasm-unsafe-eval'`; `wasm-unavailable` when the WebAssembly does not compile for another
 * reason. After a failure the next call tries again.
 *
 * @example
 * ```js
 * const session = await createSession({ backend: simpleJwt("https://api.example.com/api/token/") });
 * await session.signIn({ username: "demo", password: "secret" });
 * const response = await session.fetch("https://api.example.com/api/protected/");
 * ```
 */
export function createSession(options: SessionOptions): Promise<Session>;
