// S3, R1, R6: a session in a worker as its pages see it.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld, until } from "./harness.mjs";
import { isolate, ofDjango, startIssuer } from "./isolation.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

test("R6: a refresh survives the tab that has caused it, and every page is told it once", async (t) => {
  const [first, second] = await world.pages(t, 2);
  await isolate(first);
  await isolate(second);
  await first.evaluate(() => session.signIn(demo));
  await second.evaluate(() => when(() => session.state.status === "signed-in"));
  await world.api.delayRefreshes(500);
  await first.evaluate(async () => {
    await revoke(session);
    session.fetch(`${api}/api/protected/`).catch(() => {});
  });
  await until(async () => (await world.api.stats()).refreshes === 1, "the refresh has been sent");
  await first.close();
  const { status, types } = await second.evaluate(async () => {
    await when(() => session.state.generation === 2);
    const { status } = await session.fetch(`${api}/api/protected/`);
    return { status, types: heard.map(({ type }) => type) };
  });
  assert.equal(status, 200);
  assert.deepEqual(types, ["signed-in", "refreshed"]);
  assert.equal((await world.api.stats()).refreshes, 1);
});

for (const kind of ["shared", "dedicated"]) {
  test(`S3: events reach every page once, each as seen from there (${kind} workers)`, async (t) => {
    const pages = await world.pages(t, 3);
    // Dedicated workers share what is in their store.
    const options = () => ({ backend: simpleJwt(`${api}/api/token/`), store: "indexeddb" });
    for (const page of pages) await isolate(page, options, { kind });
    const [first, second] = pages;
    await first.evaluate(() => session.signIn(demo));
    for (const page of pages) await page.evaluate(() => when(() => session.state.status === "signed-in"));
    await first.evaluate(() => revoke(session));
    assert.equal(await second.evaluate(async () => (await session.fetch(`${api}/api/protected/`)).status), 200);
    for (const page of pages) await page.evaluate(() => when(() => session.state.generation === 2));
    await first.evaluate(() => session.signOut());
    for (const page of pages) await page.evaluate(() => when(() => session.state.status === "signed-out"));
    const lists = [];
    for (const page of pages) lists.push(await page.evaluate(async () => {
      await when(() => heard.length >= 3);
      return heard.map(({ type, reason }) => reason ?? type);
    }));
    assert.deepEqual(lists, ["signed-out-here", "signed-out-elsewhere", "signed-out-elsewhere"].map((end) => ["signed-in", "refreshed", end]));
    assert.equal((await world.api.stats()).refreshes, 1);
  });
}

test("S3: what happened before there is a listener is told to the first one", async (t) => {
  const page = await world.page(t);
  const types = await page.evaluate(async () => {
    const session = await startIsolated(() => ({ backend: simpleJwt(`${api}/api/token/`) }), { servers });
    await session.signIn(demo);
    const types = [];
    session.on("signed-in", ({ type }) => types.push(type));
    await session.signOut();
    return types;
  });
  assert.deepEqual(types, ["signed-in"]);
});

test("S3: what happens while the session starts is told to the page that has started it", async (t) => {
  const page = await world.page(t);
  await isolate(page, () => {
    const load = () => Promise.reject(new DOMException("not now", "SecurityError"));
    return { backend: simpleJwt(`${api}/api/token/`), store: { load, swap: load } };
  });
  const code = await page.evaluate(async () => {
    await when(() => heard.some(({ type }) => type === "store-failed"));
    return heard[0].error.code;
  });
  assert.equal(code, "store-denied");
});

test("R1: a worker's session is refreshed unasked while one of its pages is visible", async (t) => {
  const { server } = await startIssuer(world, { lifetime: 6 });
  const [first, second] = await world.pages(t, 2);
  for (const page of [first, second]) {
    await page.evaluate(() => hide());
    await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/") })`);
  }
  const refreshes = () => server.requests().filter(({ pathname }) => pathname === "/token/refresh/").length;
  await first.evaluate(() => session.signIn(demo));
  await first.evaluate(() => when(() => Date.now() > session.state.expiresAt));
  assert.equal(refreshes(), 0, "nobody looks");
  await second.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await first.evaluate(() => when(() => session.state.generation === 2));
  assert.equal(refreshes(), 1);
});

test("S3: the debug lines of a session are the worker's own, without secrets", async (t) => {
  const page = await world.page(t);
  const { lines, token, before } = await page.evaluate(async () => {
    const options = async () => {
      const { debugLines } = await import("/pkg/debug.js");
      globalThis.lines = [];
      return { backend: simpleJwt(`${api}/api/token/`), debug: debugLines((line) => lines.push(line)) };
    };
    globalThis.session = await startIsolated(options, { servers });
    await session.signIn(demo);
    const before = session.state.generation;
    await session.fetch(`${api}/api/protected/`);
    return { lines: await inWorker(session, () => JSON.parse(JSON.stringify(lines))), token: await tokenOf(session), before };
  });
  assert.equal(before, 1);
  const request = lines.find(({ what }) => what === "request");
  assert.equal(request.status, 200);
  assert.match(request.url, /\/api\/protected\/$/);
  assert.ok(!JSON.stringify(lines).includes(token));
});
