// R2: pages that are frozen, closed or put into the back/forward cache, while others need the lock.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { forEachStore, freezeAtStatement, openWorld } from "./harness.mjs";

const world = await openWorld({
  django: { accessSeconds: 3600 },
  launch: { ignoreDefaultArgs: ["--disable-back-forward-cache"] },
});

beforeEach(() => world.api.reset());

/** Two hidden tabs with one session, whose access token the server has revoked. */
async function twoTabs(t, store) {
  const tabs = await world.tabs(t, { store, hidden: true });
  await tabs[0].evaluate(() => revoke(session));
  return tabs;
}

forEachStore("R2: while a page is frozen with the lock, others are told so in bounded time, and adopt when it wakes", async (t, store) => {
  const [frozenPage, other] = await twoTabs(t, store);
  const { frozen, wake } = await freezeAtStatement(frozenPage);
  const refreshed = frozenPage.evaluate(() => {
    const { text } = Response.prototype;
    Response.prototype.text = function () {
      // The answer is there, and the page stops before it has read it.
      if (this.url.endsWith("/refresh/")) debugger;
      return text.call(this);
    };
    return ask();
  });
  await frozen;
  const during = await other.evaluate(async () => {
    hurry();
    const sent = watchFetch();
    return { answer: await ask(), sent: sent.length, trouble: seen().at(-1).error?.code };
  });
  assert.deepEqual(during, { answer: { value: 401 }, sent: 1, trouble: "lock-timeout" });
  await wake();
  assert.deepEqual(await refreshed, { value: 200 });
  await other.evaluate(() => when(() => session.state.generation === 2));
  assert.deepEqual(await other.evaluate(() => ask()), { value: 200 });
  assert.equal((await world.api.stats()).refreshes, 1);
});

forEachStore("R5: a page that is closed before its refresh has left gives the lock to the next, who refreshes at once", async (t, store) => {
  const [closing, next] = await twoTabs(t, store);
  await closing.evaluate(async () => {
    watchFetch(({ url }) => (url.endsWith("/refresh/") ? new Promise(() => {}) : undefined));
    ask();
    await when(async () => (await inStore()).includes('"pending"'));
  });
  const answer = next.evaluate(() => ask());
  await next.evaluate(() => when(async () => (await navigator.locks.query()).pending.length === 1));
  await closing.close();
  assert.deepEqual(await answer, { value: 200 });
  assert.equal((await world.api.stats()).refresh_ok, 1);
});

forEachStore("R1: a page goes into the back/forward cache, stays there while others speak, and is up to date when it comes back", async (t, store) => {
  const [away, staying] = await twoTabs(t, store);
  await away.evaluate(() => {
    globalThis.shown = new Promise((resolve) => addEventListener("pageshow", resolve));
  });
  await away.goto(`${world.address()}&elsewhere`);
  assert.deepEqual(await staying.evaluate(() => ask()), { value: 200 });
  await away.goBack({ waitUntil: "commit" });
  const { persisted, generation } = await away.evaluate(async () => {
    const { persisted } = await shown;
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    dispatchEvent(new Event("focus"));
    await when(() => session.state.generation === 2);
    return { persisted, generation: session.state.generation };
  });
  assert.deepEqual({ persisted, generation }, { persisted: true, generation: 2 });
  await staying.evaluate(() => session.signOut());
  await away.evaluate(() => when(() => session.state.status === "signed-out"));
});
