// @ts-check
import { Core } from "./core.js";
import { EvertokenError, MISSING, invalidOption } from "#errors";
import { Listeners } from "./events.js";
import { createFetch } from "./fetch.js";
import { read, refuseUnknown } from "./options.js";
import { SIGNED_OUT, STALE, Tokens } from "./tokens.js";
import { compile } from "./wasm/compile.js";

/** In characters; `src/core/jwt/mod.rs` has the same limit. */
const MAX_TOKEN = 1 << 20;

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
    const texts = [checked("access", access), typeof idToken === "string" ? idToken : ""];
    if (refresh !== undefined) texts.push(checked("refresh", refresh));
    await this.#core.ask("adopt", texts, expiresIn);
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

/** The token, if a request can carry it. What is there and is no text is as wrong as an empty one. */
function checked(field, token) {
  if (typeof token !== "string" || token === "") throw invalidOption(field, MISSING);
  if (token.length > MAX_TOKEN) throw new EvertokenError("invalid-token", `The ${field} token is larger than a megabyte.`);
  if (!/^[!-~]+$/.test(token)) throw invalidOption(field, "cannot be used in an HTTP header or a query.");
  return token;
}
