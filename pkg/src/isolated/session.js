// @ts-check
// A page's session whose tokens are in a worker.
import { watchPage } from "#platform/page.js";
import { EvertokenError } from "#errors";
import { Listeners } from "../events.js";
import { refuseUnknown } from "../options.js";
import { connect } from "./connect.js";
import { createFetch } from "./fetch.js";
import { unpacked, withError } from "./wire.js";

/** Connects to the worker's session; it has read the store when this resolves. */
export async function createSession(options) {
  refuseUnknown(options, ["worker"]);
  const link = await connect(options?.worker);
  try {
    return new Session(link, await link.ask("open"));
  } catch (error) {
    link.close();
    throw error;
  }
}

class Session {
  #link;
  #state;
  #listeners = new Listeners();
  /** What happened before there was a listener. @type {object[] | undefined} */
  #early = [];
  #stopWatching;

  constructor(link, { origins, state }) {
    this.#link = link;
    this.#state = Object.freeze(state);
    this.fetch = createFetch(link, new Set(origins));
    link.onnews = ({ state, event }) => {
      if (state) this.#state = Object.freeze(state);
      if (event) this.#tell(withError(event, unpacked));
    };
    this.#stopWatching = watchPage((visible) => link.post({ type: "look", visible }));
  }

  get state() {
    this.#link.check();
    return this.#state;
  }

  get idToken() {
    this.#link.check();
    throw isolated();
  }

  async accessToken() {
    this.#link.check();
    throw isolated();
  }

  async signIn(credentials) {
    // As it is sent to the backend; what is no JSON is refused there by name.
    await this.#link.ask("signIn", JSON.stringify(credentials));
  }

  async adopt(tokens) {
    await this.#link.ask("adopt", tokens);
  }

  async refresh() {
    await this.#link.ask("refresh");
  }

  async signOut() {
    return withError(await this.#link.ask("signOut"), unpacked);
  }

  on(type, listener) {
    this.#link.check();
    const off = this.#listeners.add(type, listener);
    queueMicrotask(() => {
      const events = this.#early ?? [];
      this.#early = undefined;
      for (const event of events) this.#tell(event);
    });
    return off;
  }

  close() {
    this.#stopWatching();
    this.#listeners.clear();
    this.#link.close();
  }

  #tell(event) {
    if (this.#early) this.#early.push(event);
    else this.#listeners.tell(event);
  }
}

// Engines without `await using` have no such symbol.
if (Symbol.asyncDispose) {
  Session.prototype[Symbol.asyncDispose] = async function () {
    this.close();
  };
}

function isolated() {
  return new EvertokenError("isolated", "The tokens are in the worker and never enter the page; send requests with session.fetch.");
}
