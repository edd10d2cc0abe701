// @ts-check

/** Where the token stands, as the WebAssembly counts it. */
export const SIGNED_OUT = 0;
export const FRESH = 1;
export const STALE = 2;

/** What a caller needs, as the WebAssembly counts it. */
const LIVE_TOKEN = 1;
const FRESH_TOKEN = 2;
const NEW_TOKEN = 3;

/**
 * A token with the stamp of its record.
 * @typedef {{ session: bigint, generation: number, token: string }} Bearer
 */

/** The tokens of a session. A request with a live one costs a single synchronous call. */
export class Tokens {
  #core;

  /** @param {import("./core.js").Core} core */
  constructor(core) {
    this.#core = core;
  }

  /** Where the token in use stands; {@link bearer} is it. */
  phase() {
    return this.#core.call("phase");
  }

  /** @returns {Bearer} */
  get bearer() {
    return this.#core.bearer;
  }

  /** Starts a refresh beside the requests that go on with a stale token. */
  freshen() {
    // Nobody waits for it.
    this.#core.call("want", [], 0, LIVE_TOKEN);
  }

  /** @param {boolean} fresh whether a stale token will not do */
  live(fresh) {
    return this.#core.ask("want", [], fresh ? FRESH_TOKEN : LIVE_TOKEN);
  }

  /** @param {Bearer} than the token that was refused */
  newer({ session, generation }) {
    return this.#core.ask("newer", [], session, generation);
  }

  /** A resource has handed out a new one. @param {Bearer} than the token that the request carried */
  offer({ session, generation }, token) {
    this.#core.call("offer", [token], session, generation);
  }

  /** A new token now, unless there is one that has just come. */
  refresh() {
    return this.#core.ask("want", [], NEW_TOKEN);
  }
}
