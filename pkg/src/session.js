// @ts-check
import { Core } from "./core.js";
import { fromReport, notOneOf } from "./errors.js";
import { createFetch } from "./fetch.js";
import { read, refuseUnknown } from "./options.js";
import { SIGNED_OUT, STALE, Tokens } from "./tokens.js";

const EVENTS = ["signed-in", "refreshed", "signed-out", "refresh-failed", "store-failed"];

/** Reads the store and starts a session; a stored one is in use when this resolves. */
export async function createSession(options) {
  const { engine, rules } = read(options);
  return new Session(await Core.start(engine), rules);
}

class Session {
  #core;
  #tokens;
  #observing = false;
  /** @type {Map<string, Set<(event: object) => void>>} */
  #listeners = new Map(EVENTS.map((type) => [type, new Set()]));

  constructor(core, { placement, refreshOn }) {
    this.#core = core;
    this.#tokens = new Tokens(core);
    const origins = new Set(core.call((engine) => engine.origins()).trimEnd().split("\n"));
    this.fetch = createFetch(this.#tokens, { origins, placement, refreshOn });
  }

  get state() {
    return Object.freeze(JSON.parse(this.#core.call((engine) => engine.state()) ?? '{"status":"signed-out"}'));
  }

  async signIn(credentials) {
    // Outside of the call: what a caller's object throws is not the engine's end.
    const json = JSON.stringify(credentials) ?? "";
    await this.#core.ask((engine) => engine.signIn(json));
  }

  async adopt(tokens) {
    refuseUnknown(tokens, ["access", "refresh", "expiresIn"]);
    const { access, refresh, expiresIn } = tokens ?? {};
    const json = JSON.stringify({ access, refresh, expiresIn });
    await this.#core.ask((engine) => engine.adopt(json));
  }

  async accessToken() {
    const phase = this.#tokens.phase();
    if (phase === STALE) this.#tokens.freshen();
    if (phase !== SIGNED_OUT && phase <= STALE) return this.#tokens.bearer.token;
    return (await this.#tokens.live(false)).token;
  }

  async refresh() {
    await this.#core.ask((engine) => engine.refresh());
  }

  async signOut() {
    const { revocation, error } = JSON.parse(await this.#core.ask((engine) => engine.signOut()));
    return { revocation, error: error && fromReport(error) };
  }

  on(type, listener) {
    const listeners = this.#listeners.get(type);
    if (listeners === undefined) throw notOneOf("type", EVENTS);
    listeners.add(listener);
    if (!this.#observing) this.#observe();
    return () => {
      listeners.delete(listener);
    };
  }

  close() {
    for (const listeners of this.#listeners.values()) listeners.clear();
    this.#observing = false;
    this.#core.close();
  }

  /** From the first listener on: what happened before it, when the session was created, is told to it. */
  #observe() {
    this.#core.call((engine) => engine.observe((json) => this.#dispatch(JSON.parse(json))));
    this.#observing = true;
  }

  #dispatch({ retryIn, error, ...event }) {
    if (error !== undefined) event.error = fromReport(error);
    if (retryIn !== undefined) event.retryAt = Date.now() + retryIn;
    for (const listener of [...(this.#listeners.get(event.type) ?? [])]) {
      // One listener's exception is its own: the others and the session go on.
      try {
        listener(event);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}

// Engines without `await using` have no such symbol.
if (Symbol.asyncDispose) {
  Session.prototype[Symbol.asyncDispose] = async function () {
    this.close();
  };
}
