// R2, S2: the store in localStorage. What it holds is seen late by other pages and by the disk, and anybody may clear it.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";

const world = await openWorld({ django: { accessSeconds: 3600 } });

beforeEach(() => world.api.reset());

const tabs = (t, count) => world.tabs(t, { count, store: "local", hidden: true });

/** What is in the one item of the session. */
const item = (page) => page.evaluate(() => localStorage.getItem("evertoken:default"));

test("S2: the record is in localStorage, survives a reload, and goes with the sign-out", async (t) => {
  const [page] = await tabs(t, 1);
  const { sessionId } = await page.evaluate(() => session.state);
  assert.ok((await item(page)).includes(sessionId));
  await page.reload();
  const after = await page.evaluate(async () => {
    globalThis.session = await start({ store: "local" });
    return session.state.sessionId;
  });
  assert.equal(after, sessionId);
  await page.evaluate(() => session.signOut());
  assert.equal(await item(page), null);
});

test("R2: a page that still sees the item of before adopts what another page has stored", async (t) => {
  const [first, late] = await tabs(t, 2);
  await late.evaluate(() => {
    const seen = localStorage.getItem("evertoken:default");
    Storage.prototype.getItem = () => seen;
    // Nor does a hint come.
    BroadcastChannel.prototype.dispatchEvent = () => {};
  });
  await first.evaluate(() => revoke(session));
  assert.deepEqual(await first.evaluate(() => ask()), { value: 200 });
  assert.deepEqual(await late.evaluate(() => ask()), { value: 200 });
  assert.equal(await late.evaluate(() => session.state.generation), 2);
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("R9: a page that still sees the item of before brings no signed-out session back", async (t) => {
  const [first, late] = await tabs(t, 2);
  await late.evaluate(() => {
    const seen = localStorage.getItem("evertoken:default");
    Storage.prototype.getItem = () => seen;
  });
  await first.evaluate(() => session.signOut());
  const state = await late.evaluate(async () => (await start({ store: "local" })).state.status);
  assert.equal(state, "signed-out");
});

test("R3: an item that the disk lost in a crash is made up for by the copy", async (t) => {
  const [page] = await tabs(t, 1);
  const before = await item(page);
  await page.evaluate(() => revoke(session));
  await page.evaluate(() => ask());
  const generation = await page.evaluate(async (before) => {
    session.close();
    localStorage.setItem("evertoken:default", before);
    return (await start({ store: "local" })).state.generation;
  }, before);
  assert.equal(generation, 2);
});

test("R3: a browser that dies between item and copy has lost nothing", async (t) => {
  const [page] = await tabs(t, 1);
  const result = await page.evaluate(async () => {
    await revoke(session);
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, key) {
      // Only the item is written; the copy of generation 2 never gets there.
      if (JSON.stringify(value).includes('generation\\":2')) this.transaction.abort();
      return put.call(this, value, key);
    };
    await ask();
    const trouble = seen().at(-2).error.code;
    session.close();
    IDBObjectStore.prototype.put = put;
    const next = await start({ store: "local" });
    return { trouble, generation: next.state.generation };
  });
  assert.deepEqual(result, { trouble: "store-unavailable", generation: 2 });
});

test("S2: whoever clears localStorage signs out, and can sign in again", async (t) => {
  const [page, other] = await tabs(t, 2);
  const result = await page.evaluate(async () => {
    localStorage.clear();
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    window.dispatchEvent(new Event("focus"));
    await when(() => session.state.status === "signed-out");
    await session.signIn(demo);
    return { events: seen().slice(1), answer: await ask() };
  });
  assert.deepEqual(result.events, [
    { type: "signed-out", reason: "signed-out-elsewhere" },
    { type: "signed-in", generation: 1 },
  ]);
  assert.deepEqual(result.answer, { value: 200 });
  await other.evaluate(() => when(() => seen().length === 3));
});

test("S2: a database that was deleted leaves the session in localStorage", async (t) => {
  const [page] = await tabs(t, 1);
  const result = await page.evaluate(async () => {
    const { sessionId } = session.state;
    session.close();
    await new Promise((resolve) => (indexedDB.deleteDatabase("evertoken").onsuccess = resolve));
    globalThis.session = await start({ store: "local" });
    await revoke(session);
    return { same: session.state.sessionId === sessionId, answer: await ask(), generation: session.state.generation };
  });
  assert.deepEqual(result, { same: true, answer: { value: 200 }, generation: 2 });
});

test("S2: where IndexedDB is missing the session lives in memory, and an event names it", async (t) => {
  const page = await world.page(t, { before: () => Object.defineProperty(globalThis, "indexedDB", { value: undefined }) });
  const result = await page.evaluate(async () => {
    const session = await signedIn({ store: "local" });
    return { answer: await outcome(session.fetch(`${api}/api/protected/`)), error: seen()[0].error };
  });
  assert.equal(result.error.code, "store-unavailable");
  assert.match(result.error.message, /IndexedDB/);
  assert.deepEqual(result.answer, { value: 200 });
});

test("R3: with localStorage full the session goes on in memory and says so", async (t) => {
  const page = await world.page(t);
  const { answer, events } = await page.evaluate(async () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("no room", "QuotaExceededError");
    };
    const session = await signedIn({ store: "local" });
    return { answer: await outcome(session.fetch(`${api}/api/protected/`)), events: seen() };
  });
  assert.deepEqual(answer, { value: 200 });
  assert.equal(events.find(({ type }) => type === "store-failed").error.code, "store-full");
});

test("S2: what somebody else has put there is reported, and set aside at the next sign-in", async (t) => {
  const page = await world.page(t);
  const result = await page.evaluate(async () => {
    localStorage.setItem("evertoken:default", "garbage");
    const session = await start({ store: "local" });
    await when(() => seen().length > 0);
    await session.signIn(demo);
    return { code: seen()[0].error.code, asides: await asides(), kept: JSON.parse(await stored("default", "local")).generation };
  });
  assert.deepEqual(result, { code: "record-corrupt", asides: ["garbage"], kept: 1 });
});
