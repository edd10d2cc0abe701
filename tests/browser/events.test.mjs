// S3: every tab is told everything once, with the reason for each end, whichever tab it happened in.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

/** Tabs with `session` and the default store, hidden so that nothing happens unasked. */
async function openTabs(t, count) {
  const tabs = await world.pages(t, count);
  for (const tab of tabs) {
    await tab.evaluate(async () => {
      hide();
      globalThis.session = await start({ store: "indexeddb" });
    });
  }
  return tabs;
}

/** Waits until every tab has been told what ends its list, and returns the lists. */
async function told(tabs, last) {
  return Promise.all(
    tabs.map((tab) =>
      tab.evaluate(async (last) => {
        const words = () => seen().map(({ type, reason, generation }) => `${type} ${reason ?? generation}`);
        await when(() => words().at(-1) === last);
        return words();
      }, last),
    ),
  );
}

const signIn = (tab, username = "demo") => tab.evaluate((username) => session.signIn({ username, password: username }), username);
const signOut = (tab) => tab.evaluate(() => session.signOut());

/** Has the server refuse the access token, and the refresh token, too, if `dead` is set. */
function refuse(tab, dead) {
  return tab.evaluate(async (dead) => {
    const { refresh } = JSON.parse(await stored());
    if (dead) await post(`${api}/api/token/blacklist/`, { refresh });
    await revoke(session);
  }, dead);
}

const request = (tab) => tab.evaluate(async () => (await session.fetch(`${api}/api/protected/`)).status);

for (const count of [2, 3]) {
  test(`S3: in ${count} tabs every event is told once in each`, async (t) => {
    const tabs = await openTabs(t, count);
    const [first, second] = tabs;
    await signIn(first);
    await told(tabs, "signed-in 1");
    await refuse(first, false);
    assert.equal(await request(second), 200);
    await told(tabs, "refreshed 2");
    await signIn(first, "other");
    await told(tabs, "signed-in 1");
    await signOut(second);
    await Promise.all([told([second], "signed-out signed-out-here"), told([first, ...tabs.slice(2)], "signed-out signed-out-elsewhere")]);
    await signIn(second);
    await told(tabs, "signed-in 1");
    await refuse(first, true);
    assert.equal(await request(first), 401);
    await told(tabs, "signed-out rejected");
    // What came twice would stand before this.
    await signIn(second);
    const lists = await told(tabs, "signed-in 1");
    lists.forEach((list, index) => {
      const end = index === 1 ? "signed-out signed-out-here" : "signed-out signed-out-elsewhere";
      const changes = ["signed-out replaced", "signed-in 1", end, "signed-in 1", "signed-out rejected", "signed-in 1"];
      assert.deepEqual(list, ["signed-in 1", "refreshed 2", ...changes]);
    });
  });
}

test("S3: a rejection that every tab runs into at once is one in each", async (t) => {
  const tabs = await openTabs(t, 3);
  await signIn(tabs[0]);
  await told(tabs, "signed-in 1");
  await refuse(tabs[0], true);
  assert.deepEqual(await Promise.all(tabs.map(request)), [401, 401, 401]);
  await told(tabs, "signed-out rejected");
  assert.equal((await world.api.stats()).refreshes, 1);
  await signIn(tabs[1]);
  for (const list of await told(tabs, "signed-in 1")) {
    assert.deepEqual(list, ["signed-in 1", "signed-out rejected", "signed-in 1"]);
  }
});

test("S3: an end after a lost answer is an interruption in each tab", async (t) => {
  const tabs = await openTabs(t, 3);
  await signIn(tabs[0]);
  await told(tabs, "signed-in 1");
  await refuse(tabs[0], true);
  const status = await tabs[0].evaluate(async () => {
    // The first answer is lost; the second one tells the truth.
    const sent = watchFetch(({ url }) =>
      url.endsWith("/refresh/") && sent.filter((request) => request.url === url).length === 1
        ? Promise.reject(new TypeError("connection lost"))
        : undefined,
    );
    return (await session.fetch(`${api}/api/protected/`)).status;
  });
  assert.equal(status, 401);
  await told(tabs, "signed-out interrupted");
  await signIn(tabs[1]);
  for (const list of await told(tabs, "signed-in 1")) {
    assert.deepEqual(list, ["signed-in 1", "signed-out interrupted", "signed-in 1"]);
  }
});

test("S3: a refresh that fails is told in each tab, and so is its success", async (t) => {
  const tabs = await openTabs(t, 3);
  await signIn(tabs[0]);
  await told(tabs, "signed-in 1");
  await refuse(tabs[0], false);
  await tabs[1].evaluate(async () => {
    const network = globalThis.fetch;
    watchFetch(({ url }) => (url.endsWith("/refresh/") ? answered(503) : undefined));
    await session.fetch(`${api}/api/protected/`);
    globalThis.fetch = network;
  });
  await Promise.all(tabs.map((tab) => tab.evaluate(() => when(() => seen().at(-1).type === "refresh-failed"))));
  await tabs[2].evaluate(() => when(() => session.fetch(`${api}/api/protected/`).then(({ status }) => status === 200)));
  await told(tabs, "refreshed 2");
  await signOut(tabs[0]);
  const types = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(async () => {
        await when(() => seen().at(-1).type === "signed-out");
        return seen().map(({ type }) => type);
      }),
    ),
  );
  for (const list of types) assert.deepEqual(list, ["signed-in", "refresh-failed", "refreshed", "signed-out"]);
});

test("S3: \"*\" is every event, each as its own type tells it, until it is left", async (t) => {
  const [tab] = await openTabs(t, 1);
  const { all, each, left } = await tab.evaluate(async () => {
    const types = ["signed-in", "refreshed", "signed-out", "refresh-failed", "store-failed"];
    const lists = { all: [], each: [], left: [] };
    const leave = session.on("*", (event) => lists.left.push(event));
    session.on("*", (event) => lists.all.push(event));
    for (const type of types) session.on(type, (event) => lists.each.push(event));
    await session.signIn(demo);
    await when(() => lists.left.length === 1);
    leave();
    await session.signOut();
    await when(() => lists.each.length === 2);
    return lists;
  });
  assert.deepEqual(all, [{ type: "signed-in", generation: 1 }, { type: "signed-out", reason: "signed-out-here" }]);
  assert.deepEqual(each, all);
  assert.deepEqual(left, [all[0]]);
});
