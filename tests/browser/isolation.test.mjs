// A session in a worker: what of it reaches pages, and what pages can do to it.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld, until } from "./harness.mjs";
import { sendJson, tokenPair } from "./servers.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

/** In the page: `session`, with the options that this function makes in the worker. */
function isolate(page, options, { kind = "shared", name = "" } = {}) {
  return page.evaluate(
    async ({ options, kind, name }) => {
      globalThis.session = await startIsolated(options, { kind, name, servers });
      session.on("*", (event) => heard.push(event));
    },
    { options: String(options), kind, name },
  );
}

/** Before the page's scripts: what its ports and sessions tell it. */
function listen() {
  globalThis.heard = [];
  globalThis.messages = [];
  const { set, ...descriptor } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
  Object.defineProperty(MessagePort.prototype, "onmessage", {
    ...descriptor,
    set(hear) {
      set.call(this, (event) => {
        messages.push(event.data);
        hear(event);
      });
    },
  });
}

const ofDjango = () => ({ backend: simpleJwt(`${api}/api/token/`) });

/** A server whose tokens are all known: SimpleJWT's answers, and a new token beside each answer of a resource. */
async function startIssuer(more = {}) {
  const pairs = [];
  const issue = (_, response) => {
    pairs.push(tokenPair());
    sendJson(response, 200, pairs.at(-1));
  };
  const items = ({ headers }, response) => {
    response.setHeader("access-control-expose-headers", "*, x-new-token");
    response.setHeader("x-new-token", "");
    // The first token is not accepted.
    sendJson(response, headers.authorization === `Bearer ${pairs[0]?.access}` ? 401 : 200, {});
  };
  const server = await world.server({ "/token/": issue, "/token/refresh/": issue, "/items/": items, ...more });
  return { server, secrets: () => pairs.flatMap(({ access, refresh }) => [access, refresh]) };
}

test("S4: no token reaches the page: not by messages, state, events, errors or answers, and none is in its memory", async (t) => {
  const { server, secrets } = await startIssuer();
  const page = await world.page(t, { before: listen });
  await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/") })`, { kind: "dedicated" });
  const told = await page.evaluate(async (origin) => {
    await session.signIn(demo);
    const states = [session.state];
    const response = await session.fetch(`${origin}/items/`);
    const answer = [response.status, response.url, [...response.headers], await response.text()];
    states.push(session.state);
    const refusals = [await outcome(session.accessToken()), await outcome((async () => session.idToken)())];
    await session.signOut();
    return { told: JSON.stringify([states, answer, refusals, messages, heard, Object.entries(session)]), answer, refusals, heard: heard.length };
  }, server.origin);
  assert.equal(told.answer[0], 200);
  assert.equal(told.heard, 3, "signed in, refreshed, signed out");
  assert.deepEqual(told.refusals.map(({ error }) => error.code), ["isolated", "isolated"]);
  const heap = await heapOf(page);
  assert.ok(heap.includes("/items/"), "the page's memory is seen");
  assert.equal(secrets().length, 4);
  for (const secret of secrets()) {
    assert.ok(!told.told.includes(secret), "nothing that the page is told has a token");
    assert.ok(!heap.includes(secret), "no token in the page's memory");
  }
});

/** Every text in the page's memory. */
async function heapOf(page) {
  const debug = await page.context().newCDPSession(page);
  let heap = "";
  debug.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => (heap += chunk));
  await debug.send("HeapProfiler.takeHeapSnapshot");
  return heap;
}

test("S4: a new token that a resource hands out stays in the worker", async (t) => {
  const renewed = tokenPair(7200).access;
  const { server } = await startIssuer({
    "/renewed/": (_, response) => {
      response.setHeader("access-control-expose-headers", "*, x-new-token");
      response.setHeader("X-New-Token", renewed);
      sendJson(response, 200, {});
    },
  });
  const page = await world.page(t, { before: listen });
  const options = `() => ({ backend: customBackend({
    url: "${server.origin}/token/",
    answer: { access: "access", refresh: "refresh" },
    signIn: { json: "{credentials}" },
    refresh: { path: "refresh/", json: { refresh: "{refresh}" } },
    renewal: { header: "X-New-Token" },
  }) })`;
  await isolate(page, options);
  const { headers, told } = await page.evaluate(async (origin) => {
    await session.signIn(demo);
    const { headers } = await session.fetch(`${origin}/renewed/`);
    await when(() => session.state.generation === 2);
    await session.fetch(`${origin}/plain/`);
    return { headers: [...headers.keys()], told: JSON.stringify(messages) };
  }, server.origin);
  assert.ok(headers.includes("content-type") && !headers.includes("x-new-token"));
  assert.ok(!told.includes(renewed));
  assert.equal(server.requests().at(-1).headers.authorization, `Bearer ${renewed}`, "and is in use");
});

test("S4: neither the answer's address nor the backend's endpoints tell a token that is placed in the query", async (t) => {
  const { server, secrets } = await startIssuer();
  const page = await world.page(t, { before: listen });
  await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/"), placement: { query: "token" } })`);
  const urls = await page.evaluate(async (origin) => {
    await session.signIn(demo);
    const response = await session.fetch(`${origin}/plain/?page=2`);
    for (const path of ["/token/refresh/", "//token//refresh", "/tok%65n/Refresh/"]) await session.fetch(origin + path, { method: "POST" });
    return [response.url, response.clone().url];
  }, server.origin);
  assert.deepEqual(urls, Array(2).fill(`${server.origin}/plain/?page=2`));
  const [, resource, ...endpoints] = server.requests();
  assert.equal(resource.url, `/plain/?page=2&token=${secrets()[0]}`);
  assert.equal(endpoints.length, 3);
  for (const { url } of endpoints) assert.doesNotMatch(url, /token=/);
});

test("Q1: a page reaches the named origins through its worker and no other, whatever its scripts say", async (t) => {
  const page = await world.page(t, { before: listen });
  world.recorder.forget();
  await isolate(page, ofDjango);
  const { status, own, messages, refused } = await page.evaluate(async () => {
    await session.signIn(demo);
    const sent = watchFetch();
    const { status } = await session.fetch(recorder);
    const before = messages.length;
    // In the protocol's own words.
    const { port1, port2 } = new MessageChannel();
    const answers = [];
    port1.onmessage = ({ data }) => answers.push(data);
    workerOf(session).port.postMessage({ evertoken: 1 }, [port2]);
    await when(() => answers.length === 1);
    const asks = [
      { type: "fetch", id: 1, url: recorder, init: {} },
      { type: "fetch", id: 2, url: "blob:nothing", init: {} },
      { type: "fetch", id: 3, url: { toString: 1 } },
    ];
    for (const ask of asks) port1.postMessage(ask);
    // What is not of the protocol is ignored.
    for (const nonsense of [null, "accessToken", { type: "accessToken", id: 4 }, { type: "constructor", id: 5 }, { type: "pull" }, []]) port1.postMessage(nonsense);
    workerOf(session).port.postMessage("nonsense");
    port1.postMessage({ type: "open", id: 6 });
    await when(() => answers.length >= 5);
    return { status, own: sent.length, messages: before, refused: answers.slice(1).map(({ id, type }) => `${id} ${type}`).sort() };
  });
  assert.equal(status, 200);
  assert.equal(own, 1, "the page's own fetch");
  assert.ok(messages > 0);
  assert.deepEqual(refused, ["1 failed", "2 failed", "3 failed", "6 answer"]);
  assert.equal(world.recorder.requests().length, 1);
  assert.doesNotMatch(world.recorder.text(), /eyJ|authorization/i);
});

test("R6: a refresh survives the tab that has caused it, and every page is told it once", async (t) => {
  const [first, second] = await world.pages(t, 2, { before: listen });
  await isolate(first, ofDjango);
  await isolate(second, ofDjango);
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
    const pages = await world.pages(t, 3, { before: listen });
    for (const page of pages) await isolate(page, ofDjango, { kind });
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

test("R1: a worker's session is refreshed unasked while one of its pages is visible", async (t) => {
  const [first, second] = await world.pages(t, 2, { before: listen });
  const stale = () => ({ backend: simpleJwt(`${api}/api/token/`), refreshAhead: 86_400 });
  for (const page of [first, second]) {
    await page.evaluate(() => hide());
    await isolate(page, stale);
  }
  await first.evaluate(() => session.signIn(demo));
  const show = (page, visibility) =>
    page.evaluate((visibility) => {
      Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, visibility);
  await first.evaluate(() => when(() => Date.now() > session.state.staleAt + 2000, 60_000));
  assert.equal((await world.api.stats()).refreshes, 0);
  await show(second, "visible");
  await first.evaluate(() => when(() => session.state.generation === 2));
});
