// R1: what a page goes through. A page looks at the store again when it comes back, and is quiet while it is hidden;
// time limits know frozen pages from throttled ones.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { tokenPair } from "./servers.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

const EVENTS = {
  visibilitychange: "document",
  resume: "document",
  pageshow: "window",
  online: "window",
  focus: "window",
};

for (const [event, target] of Object.entries(EVENTS)) {
  test(`R1: at "${event}" a visible page looks at the store again, and a hidden one stays quiet`, async (t) => {
    const page = await world.page(t);
    const generations = await page.evaluate(async ({ event, target }) => {
      const session = await signedIn({ store: "indexeddb" });
      /** Another tab stores a newer pair, and its hint is lost. */
      const overtake = async (generation) => putStored(JSON.stringify({ ...JSON.parse(await stored()), generation }));
      const generations = [];
      const happen = async (visibility) => {
        Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
        globalThis[target].dispatchEvent(new Event(event));
        // A look that has begun ends before this one does.
        await stored();
        await stored();
        generations.push(session.state.generation);
      };
      await overtake(2);
      await happen("hidden");
      await happen("visible");
      return generations;
    }, { event, target });
    assert.deepEqual(generations, [1, 2]);
  });
}

test("R1: a worker looks at the store again when the network is back", async (t) => {
  const page = await world.page(t);
  const generations = await page.evaluate(async () => {
    const session = await signedIn({ store: "indexeddb" });
    const source = `
      const { createSession, simpleJwt } = await import("${location.origin}/pkg/evertoken.js");
      const session = await createSession({ backend: simpleJwt("${api}/api/token/") });
      onmessage = ({ data }) => {
        if (data !== "state") dispatchEvent(new Event(data));
        postMessage(session.state.generation);
      };
      postMessage("ready");`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    const heard = () => new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
    const ask = (question) => {
      worker.postMessage(question);
      return heard();
    };
    await heard();
    session.close();
    await putStored(JSON.stringify({ ...JSON.parse(await stored()), generation: 2 }));
    const before = await ask("state");
    await ask("online");
    await when(async () => (await ask("state")) === 2);
    worker.terminate();
    return [before, 2];
  });
  assert.deepEqual(generations, [1, 2]);
});

/** In the page, before the package: what takes half a second or longer takes until a test calls `pass(milliseconds)`. */
function takeClock() {
  const { performance, setTimeout, clearTimeout } = globalThis;
  const now = performance.now.bind(performance);
  const timers = new Map();
  let ahead = 0;
  let id = 1e9;
  performance.now = () => now() + ahead;
  globalThis.setTimeout = (run, delay, ...values) => {
    if (!(delay >= 500)) return setTimeout(run, delay, ...values);
    timers.set((id += 1), { run, due: performance.now() + delay });
    return id;
  };
  globalThis.clearTimeout = (timer) => timers.delete(timer) || clearTimeout(timer);
  /** Timers that are due run once, as in a page that wakes; then everything that they have set off. */
  globalThis.pass = async (milliseconds) => {
    ahead += milliseconds;
    for (const [timer, { run, due }] of [...timers]) {
      if (due <= performance.now() && timers.delete(timer)) run();
    }
    await new Promise((resolve) => setTimeout(resolve));
  };
}

test("R1: in a hidden tab whose timers come once a minute, a request's time limit is not stretched to as many minutes", async (t) => {
  const page = await world.page(t, { before: takeClock });
  const ticks = await page.evaluate(async () => {
    const session = await expired();
    const sent = watchFetch(({ url }) => (url.endsWith("/refresh/") ? new Promise(() => {}) : undefined));
    session.fetch(`${api}/api/protected/`).catch(() => {});
    await when(() => sent.length === 1);
    let ticks = 0;
    for (; seen().length === 1 && ticks < 15; ticks += 1) await pass(60_000);
    return ticks;
  });
  assert.ok(ticks <= 5, `the time limit is noticed after ${ticks} ticks`);
});

test("R1: a page that was frozen finds the answer that arrived meanwhile, however little of the time limit was left", async (t) => {
  const page = await world.page(t, { before: takeClock });
  const result = await page.evaluate(async (pair) => {
    const session = await expired();
    let arrive;
    const sent = watchFetch(({ url }) => {
      if (!url.endsWith("/refresh/")) return answered(200);
      return new Promise((resolve) => (arrive = () => resolve(new Response(JSON.stringify(pair)))));
    });
    const answer = outcome(session.fetch(`${api}/api/protected/`));
    await when(() => sent.length === 1);
    for (let second = 1; second < 15; second += 1) await pass(1000);
    const waking = pass(3_600_000);
    arrive();
    await waking;
    return { answer: await answer, refreshes: sent.length - 1, events: seen().map(({ type }) => type) };
  }, tokenPair(86_400));
  assert.deepEqual(result, { answer: { value: 200 }, refreshes: 1, events: ["signed-in", "refreshed"] });
});

test("R5: an answer that comes after the time limit is still stored and used, and nothing is sent twice", async (t) => {
  const late = tokenPair();
  const page = await world.page(t, { before: takeClock });
  const result = await page.evaluate(async (pair) => {
    const session = await expired({ store: "indexeddb" });
    let arrive;
    const sent = watchFetch(({ url }) => {
      if (!url.endsWith("/refresh/")) return answered(200);
      return new Promise((resolve) => (arrive = () => resolve(new Response(JSON.stringify(pair)))));
    });
    const early = outcome(session.fetch(`${api}/api/protected/`));
    await when(() => sent.length === 1);
    for (let second = 0; second < 17; second += 1) await pass(1000);
    await when(() => seen().some(({ type }) => type === "refresh-failed"));
    arrive();
    await when(async () => JSON.parse(await stored()).generation === 2);
    return { early: await early, token: await session.accessToken(), sent: sent.length, events: seen() };
  }, late);
  assert.deepEqual([result.early.error?.code, result.token, result.sent], ["unavailable", late.access, 1]);
  assert.deepEqual(result.events.map(({ type, error }) => error?.code ?? type), ["signed-in", "unavailable", "refreshed"]);
});
