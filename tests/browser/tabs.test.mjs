// R2, R9, S3: two tabs that share a session, against the real djangorestframework-simplejwt.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { forEachStore, openWorld, until } from "./harness.mjs";

const world = await openWorld();

beforeEach(() => world.api.reset());

const both = (tabs, run, argument) => Promise.all(tabs.map((tab) => tab.evaluate(run, argument)));

forEachStore("S3: a sign-in in one tab is a sign-in in the other, told once in each", async (t, store) => {
  const tabs = await world.tabs(t, { store });
  const results = await both(tabs, async () => {
    const { status } = await session.fetch(`${api}/api/protected/`);
    return { status, session: session.state.sessionId, events: seen() };
  });
  assert.deepEqual(results[0], results[1]);
  assert.equal(results[0].status, 200);
  assert.deepEqual(results[0].events, [{ type: "signed-in", generation: 1 }]);
  assert.equal((await world.api.stats()).sign_ins, 1);
});

forEachStore("R2: visible tabs refresh ahead of expiry once between them", async (t, store) => {
  const tabs = await world.tabs(t, { store });
  const results = await both(tabs, async () => {
    await when(() => session.state.generation === 2);
    return { token: await session.accessToken(), events: seen().map(({ type }) => type) };
  });
  assert.equal(results[0].token, results[1].token);
  for (const { events } of results) assert.deepEqual(events, ["signed-in", "refreshed"]);
  assert.equal((await world.api.stats()).refreshes, 1);
});

forEachStore("R2: requests of both tabs after expiry make one refresh, and the other tab adopts it", async (t, store) => {
  const tabs = await world.tabs(t, { store, hidden: true });
  const statuses = await both(tabs, async () => {
    await when(() => Date.now() >= session.state.expiresAt);
    const answers = Array.from({ length: 20 }, () => session.fetch(`${api}/api/protected/`));
    return (await Promise.all(answers)).map(({ status }) => status);
  });
  assert.deepEqual(statuses.flat(), Array(40).fill(200));
  const { refreshes, protected_401 } = await world.api.stats();
  assert.deepEqual({ refreshes, protected_401 }, { refreshes: 1, protected_401: 0 });
  for (const events of await both(tabs, () => seen().map(({ type }) => type))) {
    assert.deepEqual(events, ["signed-in", "refreshed"]);
  }
});

forEachStore("R2: 401s in both tabs for one revoked token make one refresh", async (t, store) => {
  const tabs = await world.tabs(t, { store });
  await tabs[0].evaluate(() => revoke(session));
  const statuses = await both(tabs, async () => (await session.fetch(`${api}/api/protected/`)).status);
  assert.deepEqual(statuses, [200, 200]);
  assert.equal((await world.api.stats()).refreshes, 1);
});

forEachStore("R6: a tab that is closed in the middle of a refresh costs nobody the session", async (t, store) => {
  const [closing, staying] = await world.tabs(t, { store, hidden: true });
  await world.api.delayRefreshes(1000);
  await closing.evaluate(async () => {
    await when(() => Date.now() >= session.state.expiresAt);
    const sent = watchFetch();
    session.fetch(`${api}/api/protected/`);
    await when(() => sent.some(({ url }) => url.endsWith("/refresh/")));
  });
  await closing.close();
  await until(async () => (await world.api.stats()).refreshes === 1, "the closed tab's refresh arrives");
  await world.api.delayRefreshes(0);
  const result = await staying.evaluate(async () => {
    const { value, error } = await outcome(session.fetch(`${api}/api/protected/`));
    return { value, error, events: seen() };
  });
  // SimpleJWT has no grace period: what the closed tab's refresh consumed is gone. Then the session says what happened.
  assert.equal(result.error?.code, "interrupted");
  assert.deepEqual(result.events.at(-1), { type: "signed-out", reason: "interrupted" });
});

forEachStore("S1, S3: a sign-out in one tab ends the other's session, told once in each", async (t, store) => {
  const tabs = await world.tabs(t, { store });
  await tabs[1].evaluate(() => session.signOut());
  await tabs[0].evaluate(() => when(() => session.state.status === "signed-out"));
  const events = await both(tabs, () => seen().slice(1));
  assert.deepEqual(events, [
    [{ type: "signed-out", reason: "signed-out-elsewhere" }],
    [{ type: "signed-out", reason: "signed-out-here" }],
  ]);
  const [token, status] = await tabs[0].evaluate(async () => [
    await outcome(session.accessToken()),
    (await session.fetch(`${api}/api/protected/`)).status,
  ]);
  assert.equal(token.error.code, "signed-out");
  assert.equal(status, 401);
});

forEachStore("S3: a session that is closed in the middle of a sign-out still tells the other tab", async (t, store) => {
  const tabs = await world.tabs(t, { store, hidden: true });
  await tabs[1].evaluate(() => {
    session.signOut();
    session.close();
  });
  await tabs[0].evaluate(() => when(() => session.state.status === "signed-out"));
  assert.deepEqual(await tabs[0].evaluate(() => seen().at(-1)), { type: "signed-out", reason: "signed-out-elsewhere" });
});

forEachStore("S3: a session that is closed in the middle of a refresh still tells the other tab", async (t, store) => {
  const tabs = await world.tabs(t, { store, hidden: true });
  await world.api.delayRefreshes(300);
  await tabs[1].evaluate(async () => {
    await revoke(session);
    const sent = watchFetch();
    session.fetch(`${api}/api/protected/`).catch(() => {});
    await when(() => sent.some(({ url }) => url.endsWith("/refresh/")));
    session.close();
  });
  await tabs[0].evaluate(() => when(() => session.state.generation === 2));
  assert.equal((await world.api.stats()).refreshes, 1);
});

forEachStore("R9: a sign-out in one tab while the other refreshes is not undone by the late answer", async (t, store) => {
  const tabs = await world.tabs(t, { store });
  await world.api.delayRefreshes(600);
  const refreshing = tabs[0].evaluate(async () => {
    await revoke(session);
    return outcome(session.fetch(`${api}/api/protected/`));
  });
  await tabs[0].evaluate(() => when(async () => (await inStore()).includes('"pending"')));
  await tabs[1].evaluate(() => session.signOut());
  assert.deepEqual(await refreshing, { value: 401 });
  const left = await both(tabs, async () => [session.state.status, await inStore()]);
  assert.deepEqual(left, Array(2).fill(["signed-out", undefined]));
});

forEachStore("R9: the late answer to one user's refresh is nothing to the user who has signed in meanwhile", async (t, store) => {
  const tabs = await world.tabs(t, { store, hidden: true });
  await world.api.delayRefreshes(600);
  const late = tabs[0].evaluate(async () => {
    await revoke(session);
    return outcome(session.fetch(`${api}/api/protected/`));
  });
  await tabs[0].evaluate(() => when(async () => (await inStore()).includes('"pending"')));
  await tabs[1].evaluate(async () => {
    await session.signOut();
    await session.signIn(demo);
  });
  await late;
  const [first, second] = await both(tabs, async () => {
    await when(() => session.state.generation === 1);
    const { session: id, generation } = JSON.parse(await inStore());
    return { id: session.state.sessionId, stored: [id, generation], token: await session.accessToken() };
  });
  assert.deepEqual(first, second);
  assert.deepEqual(first.stored, [first.id, 1]);
});

forEachStore("R7: offline and back, both tabs keep the session and refresh once", async (t, store) => {
  const tabs = await world.tabs(t, { store, hidden: true });
  const context = tabs[0].context();
  await context.setOffline(true);
  const during = await both(tabs, async () => {
    await when(() => Date.now() >= session.state.expiresAt);
    return outcome(session.fetch(`${api}/api/protected/`, { signal: AbortSignal.timeout(500) }));
  });
  await context.setOffline(false);
  const after = await both(tabs, () => outcome(session.fetch(`${api}/api/protected/`)));
  assert.deepEqual(during.map(({ error }) => error?.name), ["TimeoutError", "TimeoutError"]);
  assert.deepEqual(after, [{ value: 200 }, { value: 200 }]);
  assert.equal((await world.api.stats()).refreshes, 1);
});

forEachStore("R9: a new sign-in in one tab takes the place of the session in the other", async (t, store) => {
  const tabs = await world.tabs(t, { store });
  const before = await tabs[0].evaluate(() => session.state.sessionId);
  await tabs[1].evaluate(() => session.signIn(demo));
  await tabs[0].evaluate((before) => when(() => session.state.sessionId !== before), before);
  const events = await tabs[0].evaluate(() => seen().slice(1));
  assert.deepEqual(events, [
    { type: "signed-out", reason: "replaced" },
    { type: "signed-in", generation: 1 },
  ]);
});

test("sessions of different names do not know of each other", async (t) => {
  const page = await world.page(t);
  const states = await page.evaluate(async () => {
    const first = await signedIn({ store: "indexeddb", name: "first" });
    const second = await start({ store: "indexeddb", name: "second" });
    await first.signOut();
    return [first.state.status, second.state.status, seen().length];
  });
  assert.deepEqual(states, ["signed-out", "signed-out", 2]);
});
