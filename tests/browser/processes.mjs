// The servers that run as processes of their own. Each is ended by its handle, also when the tests fail.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const python = process.env.EVERTOKEN_PYTHON ?? join(root, "target/venv/bin/python");
const demoServer = process.env.EVERTOKEN_DEMO_SERVER ?? join(root, "target/debug/demo-server");

/** The built package. */
export const packageDirectory = process.env.EVERTOKEN_PACKAGE ?? join(root, "pkg/dist");

const PATIENCE = 60_000;

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** Starts a server that names its address in the first line it prints. */
async function start(program, options, environment = {}) {
  const child = spawn(program, options, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const lines = createInterface(child.stdout);
  const failed = once(child, "error").then(([error]) => {
    throw new Error(`cannot start ${program}: ${error.message}`);
  });
  const late = AbortSignal.timeout(PATIENCE);
  const line = await Promise.race([
    once(lines, "line", { signal: late }).then(([text]) => text),
    once(lines, "close").then(() => ""),
    failed,
  ]);
  const origin = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
  if (origin === undefined) throw new Error(`${program} did not start: it printed "${line}"`);
  return { origin, stop: () => stop(child) };
}

async function stop(child) {
  if (!running.delete(child) || child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}

/** djangorestframework-simplejwt; see tests/simplejwt/serve.py. */
export class Django {
  #server;
  #environment;
  #directory = mkdtempSync(join(tmpdir(), "evertoken-page-tests-"));

  static async start({ rotate = true, accessSeconds = 4 } = {}) {
    const django = new Django();
    process.on("exit", () => rmSync(django.#directory, { recursive: true, force: true }));
    django.#environment = {
      EVERTOKEN_ROTATE: rotate ? "1" : "0",
      EVERTOKEN_ACCESS_SECONDS: String(accessSeconds),
      EVERTOKEN_DB: join(django.#directory, "db.sqlite3"),
    };
    await django.#listen(0);
    return django;
  }

  get origin() {
    return this.#server.origin;
  }

  async #listen(port) {
    const options = [join(root, "tests/simplejwt/serve.py"), "--port", String(port)];
    this.#server = await start(python, options, this.#environment);
  }

  /** Ends the server; {@link resume} brings it back at the same address with the same database. */
  suspend() {
    return this.#server.stop();
  }

  async resume() {
    await this.#listen(new URL(this.origin).port);
  }

  /** Ends the server for good; its database goes with this process. */
  stop() {
    return this.#server.stop();
  }

  /** Counters of the endpoints. */
  stats() {
    return this.#control("/test/stats/");
  }

  /** What arrived at a path since the last reset, in order. */
  async arrivals(path) {
    return (await this.#control("/test/arrivals/")).filter((arrival) => arrival.path === path);
  }

  async reset() {
    await this.delayRefreshes(0);
    await this.#control("/test/reset/", {});
  }

  delayRefreshes(milliseconds) {
    return this.#control("/test/delay/", { refresh_ms: milliseconds });
  }

  async #control(path, body) {
    const headers = { "content-type": "application/json" };
    const init = body && { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(this.origin + path, init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  }
}

/** The demo server, with the demo page unless told otherwise. */
export function startDemo({ www = join(root, "www") } = {}) {
  return start(demoServer, ["--port", "0", "--www", www, "--pkg", packageDirectory]);
}
