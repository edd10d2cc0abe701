// A session in a worker: what of it reaches pages, and what pages can do to it.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { isolate, listen, ofDjango, startIssuer } from "./isolation.mjs";
import { sendJson, tokenPair } from "./servers.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

test("S4: no token reaches the page: not by messages, state, events, errors or answers, and none is in its memory", async (t) => {
  const { server, secrets } = await startIssuer(world);
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
  const { server } = await startIssuer(world, {
    "/renewed/": (_, response) => {
      response.setHeader("access-control-expose-headers", "x-new-token");
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
  const { server, secrets } = await startIssuer(world);
  const page = await world.page(t, { before: listen });
  await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/"), placement: { query: "token" } })`);
  const urls = await page.evaluate(async (origin) => {
    await session.signIn(demo);
    const response = await session.fetch(`${origin}/plain/?page=2`);
    const paths = ["/token/refresh/", "//token//refresh", "/tok%65n/Refresh/", "/token;v=1/refresh/", "/token/x/..;/refresh/", "/token%5cx%2f%2f..%2frefresh"];
    for (const path of paths) await session.fetch(origin + path, { method: "POST" });
    return [response.url, response.clone().url];
  }, server.origin);
  assert.deepEqual(urls, Array(2).fill(`${server.origin}/plain/?page=2`));
  const [, resource, ...endpoints] = server.requests();
  assert.equal(resource.url, `/plain/?page=2&token=${secrets()[0]}`);
  assert.equal(endpoints.length, 6);
  for (const { url } of endpoints) assert.doesNotMatch(url, /token=/);
});

test("Q1: a page reaches the named origins through its worker and no other, whatever its scripts say", async (t) => {
  const page = await world.page(t, { before: listen });
  world.recorder.forget();
  await isolate(page, () => ({ backend: simpleJwt(`${api}/api/token/`) }));
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

/** Everything that the page's origin has stored, as text. */
const storage = async () => {
  const read = (source) => new Promise((resolve, reject) => Object.assign(source, { onsuccess: () => resolve(source.result), onerror: reject }));
  const texts = [JSON.stringify([localStorage, sessionStorage])];
  for (const { name } of await indexedDB.databases()) {
    const database = await read(indexedDB.open(name));
    for (const store of database.objectStoreNames) texts.push(JSON.stringify(await read(database.transaction(store).objectStore(store).getAll())));
    database.close();
  }
  for (const name of await caches.keys()) texts.push(...(await (await caches.open(name)).keys()).map(({ url }) => url));
  return texts.join();
};

for (const [store, isReadable] of [[undefined, false], ["indexeddb", true]]) {
  test(`S4: ${store ?? "by default"}, what scripts of the page can read of the store ${isReadable ? "tells" : "is no"} token`, async (t) => {
    const { server, secrets } = await startIssuer(world);
    const page = await world.page(t);
    await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/"), store: ${JSON.stringify(store)} })`);
    await page.evaluate(async (origin) => {
      await session.signIn(demo);
      await session.fetch(`${origin}/items/`);
    }, server.origin);
    const text = await page.evaluate(storage);
    assert.equal(secrets().length, 4);
    assert.equal(secrets().some((secret) => text.includes(secret)), isReadable);
  });
}

/** In the page: a channel of its own to the session's worker, as a hostile script would open it. */
const forge = () => {
  const { port1, port2 } = new MessageChannel();
  const worker = workerOf(session);
  globalThis.answers = [];
  globalThis.forged = port1;
  port1.onmessage = ({ data }) => answers.push(data);
  (worker.port ?? worker).postMessage({ evertoken: 1 }, [port2]);
};

test("S4: what is wrong with a request is told without the token that its URL would have got", async (t) => {
  const { server, secrets } = await startIssuer(world);
  const page = await world.page(t);
  await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/"), placement: { query: "token" } })`);
  await page.evaluate(() => session.signIn(demo));
  await page.evaluate(forge);
  const answers = await page.evaluate(async (origin) => {
    const ask = (id, url, init = {}) => forged.postMessage({ type: "fetch", id, url, init });
    ask(1, `${origin.replace("//", "//user:password@")}/plain/`);
    ask(2, `${origin}/plain/`, { method: "CONNECT" });
    ask(3, `${origin}/plain/`, { headers: { "no header": "" } });
    ask(4, `${origin}/plain/`, { mode: "same-origin" });
    await when(() => answers.length === 5);
    return answers.slice(1);
  }, server.origin);
  assert.deepEqual(answers.map(({ type }) => type), Array(4).fill("failed"));
  for (const secret of secrets()) assert.ok(!JSON.stringify(answers).includes(secret));
});

test("S4: what the browser says of a request that fails tells no token of the query", async (t) => {
  const { server, secrets } = await startIssuer(world);
  const page = await world.page(t);
  await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/"), placement: { query: "token" } })`);
  const told = await page.evaluate(async (origin) => {
    await session.signIn(demo);
    // As WebKit has said it.
    await inWorker(session, () => void (globalThis.fetch = async (url) => Promise.reject(new TypeError(`Not allowed to load ${url}`))));
    return outcome(session.fetch(`${origin}/plain/`));
  }, server.origin);
  assert.equal(told.error.name, "TypeError");
  assert.equal(secrets().length, 2);
  for (const secret of secrets()) assert.ok(!JSON.stringify(told).includes(secret));
});

test("S4: where a redirect leads, the answer's address tells no token of the query", async (t) => {
  const { server, secrets } = await startIssuer(world, {
    "/private/": ({ url }, response) => response.writeHead(302, { location: `/login/?next=${encodeURIComponent(url)}` }).end(),
  });
  const page = await world.page(t);
  await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/"), placement: { query: "token" } })`);
  const { url, redirected } = await page.evaluate(async (origin) => {
    await session.signIn(demo);
    const { url, redirected } = await session.fetch(`${origin}/private/?page=%32`);
    return { url, redirected };
  }, server.origin);
  assert.deepEqual({ url, redirected }, { url: `${server.origin}/login/`, redirected: true });
  assert.ok(server.text().includes(encodeURIComponent(secrets()[0])), "the server has told it");
});

test("S4: a page comes to the backend's endpoints without cookies, which may buy tokens, too", async (t) => {
  const page = await world.page(t);
  await isolate(page, () => ({ backend: simpleJwt(`${api}/api/token/`) }));
  const told = await page.evaluate(async () => {
    await inWorker(session, () => void (globalThis.fetch = async (input, init) => Response.json(new Request(input, init).credentials)));
    const ask = async (path) => (await session.fetch(api + path, { method: "POST", credentials: "include" })).json();
    return [await ask("/api/token/refresh/"), await ask("/api/protected/")];
  });
  assert.deepEqual(told, ["omit", "include"]);
});

test("S4: a redirect that leads the token to an endpoint of the backend has no answer", async (t) => {
  const { server } = await startIssuer(world, { "/away/": (_, response) => response.writeHead(307, { location: "/token/refresh/" }).end() });
  const page = await world.page(t, { before: listen });
  await isolate(page, `() => ({ backend: simpleJwt("${server.origin}/token/") })`);
  const { error } = await page.evaluate(async (origin) => {
    await session.signIn(demo);
    return outcome(session.fetch(`${origin}/away/`));
  }, server.origin);
  assert.equal(error.name, "TypeError");
  const { pathname } = server.requests().at(-1);
  assert.equal(pathname, "/token/refresh/");
});

test("what a page says out of turn does no harm to its worker", async (t) => {
  const page = await world.page(t);
  await isolate(page, () => ({ backend: simpleJwt(`${api}/api/token/`) }), { kind: "dedicated" });
  await page.evaluate(forge);
  const { errors, status } = await page.evaluate(async () => {
    await inWorker(session, () => {
      globalThis.errors = [];
      addEventListener("error", ({ message }) => errors.push(message));
      globalThis.fetch = async (_, { body }) => {
        await body.cancel();
        // Until all of the messages are there.
        await new Promise((heard) => (globalThis.heard = heard));
        return new Response();
      };
    });
    forged.postMessage({ type: "fetch", id: 1, url: api, init: { method: "POST" }, streams: true });
    const chunk = { type: "chunk", id: 1, chunk: new Uint8Array(8) };
    for (const message of [chunk, { type: "end", id: 1 }, { type: "end", id: 1 }, chunk, { type: "broken", id: 1 }]) forged.postMessage(message);
    // Answered after those.
    forged.postMessage({ type: "open", id: 2 });
    await when(() => answers.some(({ id }) => id === 2));
    await inWorker(session, () => heard());
    await when(() => answers.some(({ id, type }) => id === 1 && type === "answer"));
    return { errors: await inWorker(session, () => errors), status: session.state.status };
  });
  assert.deepEqual(errors, []);
  assert.equal(status, "signed-out");
});
