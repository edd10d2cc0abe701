// @ts-check
// A page as its worker sees it. What is not of the protocol is ignored: any script of the page may have sent it.
import { Exchange } from "./exchange.js";
import { packed, withError } from "./wire.js";

/** What a page may have its session do. None of it tells a token. */
const CALLS = {
  signIn: (session, json) => session.signIn(json && JSON.parse(json)),
  adopt: (session, tokens) => session.adopt(tokens),
  refresh: (session) => session.refresh(),
  signOut: async (session) => withError(await session.signOut(), packed),
};

export class Client {
  #port;
  #server;
  /** Requests under way, by the page's number. @type {Map<number, Exchange>} */
  #exchanges = new Map();
  /** Calls under way. */
  #calls = [];
  /** As the page knows it. */
  #state;
  /** A page is visible until it says otherwise. */
  visible = true;

  /** @param {MessagePort} port @param {import("./server.js").Server} server */
  constructor(port, server) {
    this.#port = port;
    this.#server = server;
    port.onmessage = ({ data }) => this.#hear(Object(data));
  }

  /**
   * What has happened, if anything, and what it has come to. A state that is told again would be another object there, and who
   * compares by identity would take it for a change.
   */
  report(state, event) {
    this.#tell({ event: event && this.#asSeenHere(event), state: state === this.#state ? undefined : state });
    this.#state = state;
  }

  /** The page is no more. */
  abandon() {
    this.#server.leave(this);
    for (const exchange of this.#exchanges.values()) exchange.abandon();
    this.#port.close();
  }

  #tell(message, transfer = []) {
    this.#port.postMessage(message, transfer);
  }

  #hear(message) {
    const { type, id, argument, visible } = message;
    if (type === "fetch") this.#fetch(message);
    else if (type === "open") this.#answer(id, () => this.#open(id));
    else if (Object.hasOwn(CALLS, type)) this.#answer(id, () => this.#call(id, type, argument));
    else if (type === "look") this.#server.look(this, visible === true);
    else if (type === "leave") this.#server.leave(this);
    else this.#exchanges.get(id)?.hear(message);
  }

  async #answer(id, work) {
    try {
      await work();
    } catch (error) {
      this.#tell({ type: "failed", id, error: packed(error) });
    }
  }

  /** The page is told the state and everything that happens after it. */
  async #open(id) {
    const gate = await this.#server.fresh();
    const { origins, state } = gate;
    this.#tell({ type: "answer", id, value: { origins, state } });
    this.#state = state;
    this.#server.join(this, gate);
  }

  /** The page knows the state that it leads to before the outcome. */
  async #call(id, name, argument) {
    const gate = await this.#server.running();
    this.#calls.push(name);
    try {
      const value = await CALLS[name](gate.session, argument);
      this.report(gate.state);
      this.#tell({ type: "answer", id, value });
    } finally {
      this.#calls.splice(this.#calls.indexOf(name), 1);
    }
  }

  /** To a page that did not ask for it, a sign-out happened elsewhere. */
  #asSeenHere(event) {
    const isElsewhere = event.reason === "signed-out-here" && !this.#calls.includes("signOut");
    return isElsewhere ? { ...event, reason: "signed-out-elsewhere" } : event;
  }

  async #fetch(message) {
    const { id } = message;
    const exchange = new Exchange((message, transfer) => this.#tell({ ...message, id }, transfer));
    this.#exchanges.set(id, exchange);
    await exchange.run(this.#server, message);
    this.#exchanges.delete(id);
  }
}
