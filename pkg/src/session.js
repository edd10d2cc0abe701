// @ts-check
import { Core } from "./core.js";
import { MISSING, invalidOption } from "#errors";
import { Listeners } from "./events.js";
import { createFetch } from "./fetch.js";
import { read, refuseUnknown } from "./options.js";
import { SIGNED_OUT, STALE, Tokens } from "./tokens.js";
import { compile } from "./wasm/compile.js";

/** Reads the store and starts a session with the WebAssembly of this source; a stored one is in use when this resolves. */
export async function startSession(options, ...wasm) {
  const { engine, rules, encode } = read(options);
  return new Session(await Core.start(engine, await compile(...wasm)), rules, encode);
}

class Session {
  #core;
  #tokens;
  #encode;
  #state;
  #listeners = new Listeners();

  constructor(core, rules, encode) {
    this.#core = core;
    this.#encode = encode;
    this.#tokens = new Tokens(core);
    this.fetch = createFetch(this.#tokens, rules);
  }

  get state() {
    const state = this.#core.state ?? { status: "signed-out" };
    // One object until something changes: what renders it compares by identity.
    if (JSON.stringify(state) !== JSON.stringify(this.#state)) this.#state = Object.freeze(state);
    return this.#state;
  }

  get idToken() {
    return this.#core.idToken;
  }

  async signIn(credentials) {
    // Outside of the call: what a caller's object throws is not the engine's end.
    const json = JSON.stringify(credentials);
    if (json?.[0] !== "{") throw invalidOption("credentials", MISSING);
    await this.#core.ask("sign_in", [this.#encode?.(json) ?? json]);
  }

  async adopt(tokens) {
    refuseUnknown(tokens, ["access", "refresh", "expiresIn", "idToken"]);
    const { access, refresh, expiresIn = NaN, idToken } = tokens ?? {};
    if (typeof expiresIn !== "number" || expiresIn < 0) throw invalidOption("expiresIn", "is not a number of seconds.");
    // What is there and is no text is as wrong as an empty one.
    const texts = [access, idToken, refresh].map((token) => (typeof token === "string" ? token : ""));
    await this.#core.ask("adopt", refresh === undefined ? texts.slice(0, 2) : texts, expiresIn);
  }

  async accessToken() {
    const phase = this.#tokens.phase();
    if (phase === STALE) this.#tokens.freshen();
    if (phase !== SIGNED_OUT && phase <= STALE) return this.#tokens.bearer.token;
    return (await this.#tokens.live(false)).token;
  }

  async refresh() {
    await this.#tokens.refresh();
  }

  async signOut() {
    return this.#core.ask("sign_out");
  }

  on(type, listener) {
    const off = this.#listeners.add(type, listener);
    this.#core.observe((event) => this.#listeners.tell(event));
    return off;
  }

  close() {
    this.#listeners.clear();
    this.#core.close();
  }
}

// Engines without `await using` have no such symbol.
if (Symbol.asyncDispose) {
  Session.prototype[Symbol.asyncDispose] = async function () {
    this.close();
  };
}
