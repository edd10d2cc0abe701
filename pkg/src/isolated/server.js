// @ts-check
// The worker that keeps a session for pages.
import { invalidOption, notOneOf } from "#errors";
import { createSession } from "#evertoken";
import { read } from "#shared";
import { Client } from "./client.js";
import { Gate } from "./gate.js";
import { PROTOCOL, packed, signOfLife, watchLife, withError } from "./wire.js";

/** What a worker can open. */
const STORES = ["indexeddb", "memory"];

/** Serves the pages that connect to this worker, be it a page's own or shared. */
export function serveSession(options) {
  const server = new Server(options);
  // Other messages are the application's own.
  const greet = ({ data, ports: [port] }) => {
    if (typeof data?.evertoken === "number" && port) server.greet(port, data);
  };
  addEventListener("message", greet);
  addEventListener("connect", ({ ports: [port] }) => {
    port.addEventListener("message", greet);
    port.start();
  });
}

export class Server {
  #options;
  #alive = signOfLife();
  /** @type {Promise<Gate> | undefined} */
  #starting;
  /** The pages that have the session. @type {Set<Client>} */
  #clients = new Set();
  /** Tells the session whether any of them is visible. */
  #look = (visible) => {};

  constructor(options) {
    this.#options = options;
  }

  /** Whether they understand each other is for the page to judge, in words that both know. */
  async greet(port, { evertoken, alive }) {
    if (evertoken === PROTOCOL) {
      const client = new Client(port, this);
      watchLife(alive, () => client.abandon());
    }
    port.postMessage({ evertoken: PROTOCOL, alive: await this.#alive });
  }

  /** The session, as pages get it. What has failed to start is tried again. */
  running() {
    this.#starting ??= this.#start().catch((error) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /** The session for a new page: one that has crashed is started anew, for all of them. */
  async fresh() {
    const gate = await this.running();
    if (gate.hasCrashed && gate === (await this.#starting)) this.#starting = undefined;
    return this.running();
  }

  /** The first page is told what has happened before, too, as a session's first listener is. */
  join(client, gate) {
    this.#clients.add(client);
    gate.listen((event) => {
      for (const client of this.#clients) client.report(gate.state, withError(event, packed));
    });
    this.look(client, client.visible);
  }

  leave(client) {
    this.#clients.delete(client);
    this.look(client, false);
  }

  /** A page looks: it was hidden or shown, or it has reason to believe that something has changed. */
  look(client, visible) {
    client.visible = visible;
    this.#look([...this.#clients].some(({ visible }) => visible));
  }

  async #start() {
    const given = typeof this.#options === "function" ? await this.#options() : this.#options;
    // Scripts of the pages read IndexedDB as well as a worker does.
    const options = { ...given, store: given?.store ?? "memory" };
    check(options);
    const { rules } = read(options);
    const session = await createSession({ ...options, debug: this.#hosting(options.debug) });
    return new Gate(session, rules, options.backend.endpoints);
  }

  /** A worker is never hidden: its pages tell the session's host what it would see in a page of its own. */
  #hosting(debug) {
    const watch = (look) => {
      this.#look = look;
      return () => {};
    };
    const within = (createHost) => (store, enter, transport) => createHost(store, enter, transport, watch);
    return {
      host: (createHost) => debug?.host(within(createHost)) ?? within(createHost),
      placement: (placement) => debug?.placement(placement) ?? placement,
    };
  }
}

/** What is right in a page and makes no sense here. */
function check({ store, backend }) {
  if (store !== Object(store) && !STORES.includes(store)) throw notOneOf("store", STORES);
  if (backend?.cookies) throw invalidOption("backend", "keeps tokens in cookies, which go with the page's own requests, too: there is nothing to isolate.");
}
