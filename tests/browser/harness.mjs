// What the page tests share: servers, one Chromium, and pages that close with their test.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { Django } from "../servers/handles.mjs";
import { root } from "./processes.mjs";
import { startRecorder, startSite } from "./servers.mjs";

const executablePath = process.env.EVERTOKEN_CHROMIUM ?? "/usr/bin/chromium";

/** The same flags as for the crate's own tests in the browser. */
function flags() {
  const { "goog:chromeOptions": options } = JSON.parse(readFileSync(join(root, "webdriver.json"), "utf8"));
  return options.args.filter((flag) => flag !== "--headless");
}

/**
 * Starts everything for the tests of one file, and ends it after the last of them.
 * @param {{ django?: object | false, launch?: { args?: string[], ignoreDefaultArgs?: string[] } }} [options] settings of
 * the Django server, false for none; what Chromium is told besides
 */
export async function openWorld({ django = {}, launch: { args = [], ...launch } = {} } = {}) {
  const started = [];
  const keep = async (starting) => {
    const server = await starting;
    started.push(() => server.stop());
    return server;
  };
  after(() => Promise.all(started.map((stop) => stop())));
  const [api, site, recorder, browser] = await Promise.all([
    django && keep(Django.start(django)),
    keep(startSite()),
    keep(startRecorder()),
    chromium.launch({ executablePath, args: [...flags(), ...args], ...launch }),
  ]);
  started.push(() => browser.close());
  return new World({ api, site, recorder, browser, keep });
}

export class World {
  constructor({ api, site, recorder, browser, keep }) {
    Object.assign(this, { api, site, recorder, browser, keep });
  }

  /** Another server that answers as told; see `startRecorder`. */
  server(answers) {
    return this.keep(startRecorder(answers));
  }

  /** Another Django server, with rotation off. */
  keeping() {
    return this.keep(Django.start({ rotate: false }));
  }

  /** A page in a profile of its own. */
  async page(t, options) {
    return (await this.pages(t, 1, options))[0];
  }

  /**
   * Pages that share one profile, as tabs do.
   * @param {{ csp?: string, isolation?: string, before?: Function | Function[], address?: string }} [options] the page's policy;
   * the kind of worker its sessions are in, if any; what runs in it before its scripts; another page than the test page
   */
  async pages(t, count, { csp, isolation, before, address = this.address({ csp, isolation }) } = {}) {
    const context = await this.browser.newContext();
    t.after(() => context.close());
    for (const script of [before ?? []].flat()) await context.addInitScript(script);
    return Promise.all(Array.from({ length: count }, () => this.#open(context, address)));
  }

  /**
   * Tabs of one `session`; the first one has signed in. In each, `ask()` is what a protected request comes to, and
   * `inStore()` the record.
   * @param {{ count?: number, store?: string, hidden?: boolean }} [options] and those of {@link pages}
   */
  async tabs(t, { count = 2, store = "indexeddb", hidden = false, ...options } = {}) {
    const tabs = await this.pages(t, count, options);
    for (const tab of tabs) {
      await tab.evaluate(async ({ store, hidden }) => {
        if (hidden) hide();
        globalThis.session = await start({ store });
        globalThis.ask = () => outcome(session.fetch(`${api}/api/protected/`));
        globalThis.inStore = () => stored("default", store);
      }, { store, hidden });
    }
    await tabs[0].evaluate(() => session.signIn(demo));
    for (const tab of tabs) await tab.evaluate(() => when(() => session.state.status === "signed-in"));
    return tabs;
  }

  async #open(context, address) {
    const page = await context.newPage();
    page.output = [];
    page.on("console", (message) => page.output.push(message.text()));
    page.on("pageerror", (error) => page.output.push(`uncaught: ${error.stack}`));
    await page.goto(address);
    return page;
  }

  /** The test page's, with what its scripts and the site are told. */
  address(settings = {}) {
    const query = new URLSearchParams({ recorder: this.recorder.origin });
    if (this.api) query.set("api", this.api.origin);
    for (const [name, value] of Object.entries(settings)) if (value !== undefined) query.set(name, value);
    return `${this.site.origin}/?${query}`;
  }
}

/** A test for each place that the tokens may be in: the page and a worker. `face` is for {@link World.page}. */
export function forEachFace(what, run) {
  test(what, (t) => run(t, {}));
  test(`${what} (in a worker)`, (t) => run(t, { isolation: "dedicated" }));
}

/** A test for each store that tabs share. */
export function forEachStore(what, run) {
  for (const store of ["indexeddb", "local"]) test(`${what} (${store})`, (t) => run(t, store));
}

/** Stops the page's scripts at its next `debugger` statement, as if the page was frozen; `wake` lets them go on. */
export async function freezeAtStatement(page) {
  const debug = await page.context().newCDPSession(page);
  await debug.send("Debugger.enable");
  const frozen = new Promise((resolve) => debug.once("Debugger.paused", resolve));
  return { frozen, wake: () => debug.send("Debugger.disable") };
}

/** Asks until the answer is truthy, and returns it. */
export async function until(ask, what, limit = 10_000) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what}`);
    await sleep(20);
  }
}
