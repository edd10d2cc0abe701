// The backends of this directory as processes of their own, each with what a test can do to it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, start } from "../browser/processes.mjs";

const directory = join(root, "tests/servers");
const python = process.env.EVERTOKEN_PYTHON ?? join(root, "target/venv/bin/python");

/** What the servers keep, for as long as this process lives: a test that fails may leave one running. */
const kept = new Set();
process.on("exit", () => kept.forEach((state) => rmSync(state, { recursive: true, force: true })));

/** A setting such as `accessSeconds: 4` as the variable that the servers read. */
function variable([name, value]) {
  const words = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return [`EVERTOKEN_${words}`, String(typeof value === "boolean" ? Number(value) : value)];
}

/** A server that can be ended and started again with the same address, settings and state. */
export class Backend {
  #server;
  #environment;
  #state = mkdtempSync(join(tmpdir(), "evertoken-servers-"));

  /** @param {object} [settings] see the server's own description, e.g. `{ accessSeconds: 4 }` for EVERTOKEN_ACCESS_SECONDS */
  static async start(settings = {}) {
    const backend = new this();
    kept.add(backend.#state);
    backend.#environment = Object.fromEntries(Object.entries(settings).map(variable));
    backend.#environment.EVERTOKEN_STATE = join(backend.#state, "state");
    await backend.#listen(0);
    return backend;
  }

  get origin() {
    return this.#server.origin;
  }

  /** The program and its arguments. */
  get command() {
    return [python, "-m", this.module];
  }

  async #listen(port) {
    const [program, ...options] = this.command;
    const settings = { environment: this.#environment, directory };
    this.#server = await start(program, [...options, "--port", String(port)], settings);
  }

  /** Ends the server; {@link resume} brings it back. */
  suspend() {
    return this.#server.stop();
  }

  async resume() {
    await this.#listen(new URL(this.origin).port);
  }

  /** Ends the server for good; its state goes with this process. */
  stop() {
    return this.#server.stop();
  }

  /** What arrived at a path since the last reset, in order. */
  async arrivals(path) {
    return (await this.control("arrivals")).filter((arrival) => arrival.path === path);
  }

  /** Forgets the arrivals, and answers refreshes at once again. */
  reset() {
    return this.control("reset", {});
  }

  delayRefreshes(milliseconds) {
    return this.control("delay", { refresh_ms: milliseconds });
  }

  async control(name, body) {
    const headers = { "content-type": "application/json" };
    const init = body && { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(`${this.origin}/test/${name}/`, init);
    if (!response.ok) throw new Error(`/test/${name}/ answered ${response.status}`);
    return response.json();
  }
}

/** djangorestframework-simplejwt */
export class Django extends Backend {
  module = "simplejwt";

  /** Counters of the endpoints. */
  stats() {
    return this.control("stats");
  }

  /** Has the server refuse this access token from now on. */
  revoke(access) {
    return this.control("revoke", { access });
  }

  deactivate(username) {
    return this.control("deactivate", { username });
  }

  delete(username) {
    return this.control("delete", { username });
  }
}

/** Flask-JWT-Extended */
export class Flask extends Backend {
  module = "flask_jwt";
}

/** One token that slides. */
export class Sliding extends Backend {
  module = "sliding";
}

/** Strict rotation, written by hand. */
export class Strict extends Backend {
  module = "strict";
}

/** A small GoTrue. */
export class GoTrue extends Backend {
  module = "gotrue";
}

/** node-oidc-provider */
export class Oidc extends Backend {
  get command() {
    return ["sh", join(directory, "oidc/serve.sh")];
  }

  /** The first tokens of a new grant; see `grant` in oidc/provider.mjs. */
  grant(wanted = {}) {
    return this.control("grant", wanted);
  }

  /** Makes the resources' DPoP nonce an old one. */
  renewNonce() {
    return this.control("nonce", {});
  }
}
