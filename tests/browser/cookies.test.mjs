// Tokens in HttpOnly cookies, by the real Flask-JWT-Extended.
import assert from "node:assert/strict";
import test from "node:test";
import { Flask } from "../servers/handles.mjs";
import { openWorld } from "./harness.mjs";

const world = await openWorld({ django: false });

async function tabs(t, count, settings) {
  const server = await world.keep(Flask.start({ cookies: true, ...settings }));
  const pages = await world.pages(t, count);
  for (const page of pages) {
    await page.evaluate(async (origin) => {
      hide();
      globalThis.server = origin;
      const backend = evertoken.flaskJwtCookies(origin);
      globalThis.session = await evertoken.createSession({ backend });
      globalThis.ask = (method) => session.fetch(`${origin}/protected`, { method }).then((response) => response.status);
    }, server.origin);
  }
  await pages[0].evaluate(() => session.signIn(demo));
  for (const page of pages) await page.evaluate(() => when(() => session.state.status === "signed-in"));
  return { server, pages };
}

const refreshes = async (server) => (await server.arrivals("/refresh")).map(({ status }) => status);

test("no script sees a token, and both kinds of requests pass", async (t) => {
  const { server, pages: [page] } = await tabs(t, 1);
  assert.deepEqual(await page.evaluate(async () => [await ask("GET"), await ask("POST")]), [200, 200]);
  const seen = await page.evaluate(async () => JSON.stringify([await stored("default", "indexeddb"), session.state, document.cookie]));
  assert.ok(!seen.includes("eyJ"), seen);
  for (const { authorization } of await server.arrivals("/protected")) assert.equal(authorization, "none");
});

test("R2: two tabs refresh once when the token has expired, and the request is sent again with the new CSRF value", async (t) => {
  const { server, pages } = await tabs(t, 2, { accessSeconds: 3 });
  await pages[0].waitForTimeout(3_500);
  const statuses = await Promise.all(pages.map((page) => page.evaluate(() => Promise.all([ask("POST"), ask("GET"), ask("POST")]))));
  assert.deepEqual(statuses.flat(), [200, 200, 200, 200, 200, 200]);
  assert.deepEqual(await refreshes(server), [200]);
});

test("T2: where the answer says how long the token lives, nothing is refused before the refresh", async (t) => {
  const { server, pages: [page] } = await tabs(t, 1, { accessSeconds: 2, expiresIn: true });
  await page.waitForTimeout(2_200);
  assert.equal(await page.evaluate(() => ask("POST")), 200);
  assert.deepEqual((await server.arrivals("/protected")).map(({ status }) => status), [200]);
  assert.deepEqual(await refreshes(server), [200]);
});

for (const [gone, end] of [["refresh_token_cookie", "rejected"], ["csrf_refresh_token", "misconfigured"]]) {
  test(`R7: without its ${gone} a refresh is ${end}`, async (t) => {
    const { pages: [page] } = await tabs(t, 1, { accessSeconds: 1 });
    await page.waitForTimeout(1_500);
    await page.context().clearCookies({ name: gone });
    const ended = await page.evaluate(async () => {
      const ended = new Promise((resolve) => {
        session.on("signed-out", ({ reason }) => resolve(reason));
        session.on("refresh-failed", ({ error }) => resolve(error.code));
      });
      return [await ask("GET"), await ended, session.state.status];
    });
    assert.deepEqual(ended, [401, end, end === "rejected" ? "signed-out" : "signed-in"]);
  });
}

test("sign-out takes the cookies away, and cookies go to the backend's origin alone", async (t) => {
  const { server, pages: [page] } = await tabs(t, 1);
  await page.evaluate(() => session.fetch(`${recorder}/elsewhere`));
  assert.equal(world.recorder.requests().find(({ pathname }) => pathname === "/elsewhere").headers.cookie, undefined);
  assert.deepEqual(await page.evaluate(async () => (await session.signOut()).revocation), "done");
  const left = (await page.context().cookies(server.origin)).map(({ name }) => name);
  assert.deepEqual(left, []);
});

test("a wrong password is refused by name, and who was signed in stays so", async (t) => {
  const { pages: [page] } = await tabs(t, 1);
  const { error } = await page.evaluate(() => outcome(session.signIn({ ...demo, password: "wrong" })));
  assert.equal(error.code, "credentials-refused");
  assert.equal(await page.evaluate(() => ask("POST")), 200);
});

test("R1: with a stale token a request goes out at once, and one refresh happens beside it", async (t) => {
  const { server, pages: [page] } = await tabs(t, 1, { expiresIn: true });
  await server.delayRefreshes(400);
  const generation = await page.evaluate(async () => {
    await when(() => Date.now() >= session.state.staleAt);
    await ask("POST");
    const { generation } = session.state;
    await when(() => session.state.generation === 2);
    return generation;
  });
  assert.equal(generation, 1, "the answer was there before the refresh ended");
  assert.deepEqual(await refreshes(server), [200]);
});

test("R7: the server goes away and comes back, and the session survives", async (t) => {
  const { server, pages: [page] } = await tabs(t, 1, { accessSeconds: 1, expiresIn: true });
  await page.evaluate(() => when(() => Date.now() >= session.state.expiresAt));
  await server.suspend();
  const failed = page.evaluate(() => new Promise((resolve) => session.on("refresh-failed", () => resolve())));
  const during = page.evaluate(() => ask("POST"));
  await failed;
  await server.resume();
  assert.equal(await during, 200);
});
