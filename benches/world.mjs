// One Chromium, and demo servers: all strict about rotation, each with counters of its own.
import { fileURLToPath } from "node:url";
import { chromium } from "../tests/browser/node_modules/playwright-core/index.mjs";
import { start } from "../tests/browser/processes.mjs";
import { site } from "./bundles.mjs";

const executablePath = process.env.EVERTOKEN_CHROMIUM ?? "/usr/bin/chromium";
const program = process.env.EVERTOKEN_DEMO_SERVER ?? fileURLToPath(new URL("../target/debug/demo-server", import.meta.url));

/** What a page needs for a clock of microseconds. */
const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

export class World {
  static async open() {
    const world = new World();
    world.browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    return world;
  }

  get version() {
    return this.browser.version();
  }

  close() {
    return this.browser.close();
  }

  /** @param {number} lifetime of access tokens, in seconds */
  async server(lifetime = 3600) {
    return new Server(await start(program, ["--port", "0", "--www", site, "--access-seconds", String(lifetime)]));
  }

  context() {
    return this.browser.newContext();
  }
}

export class Server {
  constructor({ origin, stop }) {
    this.origin = origin;
    this.stop = stop;
  }

  async signIn() {
    const { access, refresh } = await this.#post("/api/token/", { username: "demo", password: "demo" });
    const { access_lifetime_s } = await this.stats();
    return { access, refresh, expiresIn: access_lifetime_s };
  }

  /** Refreshes are answered this much later. */
  delayRefreshes(milliseconds) {
    return this.#post("/demo/latency", { refresh_ms: milliseconds });
  }

  /** Access tokens live this long from now on. */
  setLifetime(seconds) {
    return this.#post("/demo/lifetime", { access_s: seconds });
  }

  async stats() {
    return (await fetch(`${this.origin}/demo/stats`)).json();
  }

  async #post(path, body) {
    const headers = { "content-type": "application/json" };
    const response = await fetch(this.origin + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }
}

/** An empty page of the server's. */
export async function emptyPage(context, { origin }, { isolated = false } = {}) {
  const page = await context.newPage();
  if (isolated) {
    const serve = async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), ...ISOLATION } });
    };
    for (const name of ["", "*.worker.js"]) await page.route(`${origin}/${name}`, serve);
  }
  await page.goto(`${origin}/`);
  return page;
}

/** Keeps a fresh pair in the profile, as the client does after a login. */
export async function keepSession(context, server, name) {
  const page = await emptyPage(context, server);
  const pair = await server.signIn();
  await page.evaluate(async ({ name, pair }) => (await import(`/${name}.js`)).adopt(pair, location.origin), { name, pair });
  await page.close();
}
