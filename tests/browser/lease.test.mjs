// R2 without Web Locks, as on plain-http pages: a lease in IndexedDB. Its holder may be slow, frozen or gone.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { freezeAtStatement, openWorld } from "./harness.mjs";

const world = await openWorld({
  django: { accessSeconds: 3600 },
  launch: { args: ["--host-resolver-rules=MAP plain.test 127.0.0.1"] },
});

beforeEach(() => world.api.reset());

/** In the page, before its scripts. */
const withoutLocks = () => delete Navigator.prototype.locks;

/** Two hidden tabs with one session, whose access token the server has revoked. */
async function twoTabs(t, options = { before: withoutLocks }) {
  const tabs = await world.tabs(t, { hidden: true, ...options });
  for (const tab of tabs) {
    await tab.evaluate(() => {
      const sent = watchFetch();
      globalThis.refreshes = () => sent.filter(({ url }) => url.endsWith("/refresh/")).length;
    });
  }
  await tabs[0].evaluate(() => revoke(session));
  return tabs;
}

test("R2: on a plain-http page, where browsers grant no Web Locks, two tabs refresh once", async (t) => {
  const address = world.address().replace("127.0.0.1", "plain.test");
  const tabs = await twoTabs(t, { address });
  const results = await Promise.all(
    tabs.map((tab) => tab.evaluate(async () => ({ locks: "locks" in navigator, answer: await ask() }))),
  );
  assert.deepEqual(results, Array(2).fill({ locks: false, answer: { value: 200 } }));
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("R2: a holder that is slow, and whose timers are throttled, keeps the lease; who waits is told so in bounded time", async (t) => {
  const [holder, waiting] = await twoTabs(t);
  await world.api.delayRefreshes(2500);
  const refreshed = holder.evaluate(() => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (run, delay) => (delay < 500 ? setTimeout(run, delay) : 0);
    return ask();
  });
  await holder.evaluate(() => when(() => refreshes() === 1));
  const early = await waiting.evaluate(async () => {
    hurry();
    return { answer: await ask(), trouble: seen().at(-1).error?.code };
  });
  assert.deepEqual(early, { answer: { value: 401 }, trouble: "lock-timeout" });
  assert.deepEqual(await refreshed, { value: 200 });
  await waiting.evaluate(() => when(() => session.state.generation === 2));
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("R2: a holder that freezes before it sends loses the lease, and sends nothing when it wakes", async (t) => {
  const [holder, waiting] = await twoTabs(t);
  const { frozen, wake } = await freezeAtStatement(holder);
  await holder.evaluate(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, key) {
      // The mark is stored: the token is about to be sent.
      if (String(value).includes('"pending"')) {
        this.transaction.addEventListener("complete", () => {
          debugger;
        });
      }
      return put.call(this, value, key);
    };
  });
  const late = holder.evaluate(() => ask());
  await frozen;
  const answer = await waiting.evaluate(() => {
    hurry();
    return ask();
  });
  assert.deepEqual(answer, { value: 200 });
  await wake();
  assert.deepEqual(await late, { value: 200 });
  assert.deepEqual([await holder.evaluate(() => refreshes()), await waiting.evaluate(() => refreshes())], [0, 1]);
  const { refreshes, refresh_ok } = await world.api.stats();
  assert.deepEqual({ refreshes, refresh_ok }, { refreshes: 1, refresh_ok: 1 });
});

test("R5: the lease of a tab that is closed while it holds it is free", async (t) => {
  const [closing, staying] = await twoTabs(t);
  await closing.evaluate(async () => {
    watchFetch(({ url }) => (url.endsWith("/refresh/") ? new Promise(() => {}) : undefined));
    ask();
    await when(async () => (await stored()).includes('"pending"'));
  });
  await closing.close();
  const answer = await staying.evaluate(() => {
    hurry();
    return ask();
  });
  assert.deepEqual(answer, { value: 200 });
});

test("R3: a session that never reached the store needs no lease to refresh", async (t) => {
  const page = await world.page(t, { before: withoutLocks });
  const answer = await page.evaluate(async () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("forbidden", "SecurityError");
    };
    const session = await signedIn({ store: "indexeddb" });
    await revoke(session);
    return outcome(session.fetch(`${api}/api/protected/`));
  });
  assert.deepEqual(answer, { value: 200 });
});

test("R2: a page that cannot have the lease says so, and refreshes nothing", async (t) => {
  const page = await world.page(t, { before: withoutLocks });
  const result = await page.evaluate(async () => {
    const session = await expired({ store: "indexeddb" });
    const sent = watchFetch();
    IDBFactory.prototype.open = () => {
      throw new DOMException("forbidden", "SecurityError");
    };
    return { answer: await outcome(session.fetch(`${api}/api/protected/`)), sent: sent.length };
  });
  assert.equal(result.answer.error?.code, "store-denied");
  assert.equal(result.sent, 0);
});
