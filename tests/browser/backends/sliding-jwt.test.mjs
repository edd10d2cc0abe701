// One token that slides, in the style of old tutorials: there is no refresh token, so the cases are its own.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { ask, claims, demo, expiry } from "../../servers/ask.mjs";
import { Sliding } from "../../servers/handles.mjs";
import { openWorld } from "../harness.mjs";

const world = await openWorld({ django: false });
const server = await world.keep(Sliding.start({ renew: "none" }));

beforeEach(() => server.reset());

/** Tabs of one session; the first has signed in. */
async function tabs(t, count = 1, { origin } = server, options = {}) {
  const pages = await world.pages(t, count);
  for (const page of pages) {
    await page.evaluate(async ({ origin, options }) => {
      hide();
      const backend = slidingJwt(origin);
      globalThis.session = await start({ backend, store: "indexeddb", placement: { query: "token" }, ...options });
      globalThis.use = async () => {
        const response = await session.fetch(`${origin}/mine/`);
        return { status: response.status, body: await response.json() };
      };
    }, { origin, options });
  }
  await pages[0].evaluate(() => session.signIn(demo));
  return pages;
}

const good = { status: 200, body: { code: 0, data: { user: "demo" }, renew: false } };

test("sign-in opens the envelope, and the token goes into the query", async (t) => {
  const [page] = await tabs(t);
  assert.deepEqual(await page.evaluate(() => use()), good);
  assert.equal((await server.arrivals("/mine/"))[0].authorization, "none");
  assert.equal(await page.evaluate(async () => (await session.signOut()).revocation), "not-supported");
});

test("a wrong password is a 200 whose envelope says failure", async (t) => {
  const [page] = await tabs(t);
  const { error } = await page.evaluate(() => outcome(session.signIn({ ...demo, password: "wrong" })));
  assert.equal(error.code, "credentials-refused");
});

test("before its end two tabs exchange the token once", async (t) => {
  const server = await world.keep(Sliding.start({ renew: "none", accessSeconds: 8 }));
  const pages = await tabs(t, 2, server);
  const before = await pages[0].evaluate(() => session.accessToken());
  const outcomes = await Promise.all(
    pages.map((page) =>
      page.evaluate(async () => {
        await when(() => session.state.status === "signed-in");
        const { staleAt } = session.state;
        await when(() => Date.now() >= staleAt);
        const used = await use();
        await when(() => session.state.generation === 2);
        return [used, await session.accessToken()];
      }),
    ),
  );
  for (const [used, token] of outcomes) {
    assert.deepEqual(used, good);
    assert.equal(token, outcomes[0][1]);
    assert.notEqual(claims(token).jti, claims(before).jti);
  }
  assert.equal((await server.arrivals("/update/token/")).length, 1);
});

test("after its end the session is over, and the reason is told", async (t) => {
  const [page] = await tabs(t);
  const { data: token } = (await ask(`${server.origin}/auth/`, { json: demo })).body;
  await expiry(token);
  const { error, events } = await page.evaluate(async (token) => {
    await session.adopt({ access: token, refresh: token });
    return { ...(await outcome(use())), events: seen() };
  }, token);
  assert.equal(error?.code, "rejected");
  assert.deepEqual(events.at(-1), { type: "signed-out", reason: "rejected" });
});

test("the server goes away and comes back while the token lives, and the session survives", async (t) => {
  const server = await world.keep(Sliding.start({ accessSeconds: 60 }));
  const [page] = await tabs(t, 1, server);
  await server.suspend();
  const { error } = await page.evaluate(async () => {
    await when(() => Date.now() > session.state.receivedAt + 1000);
    return outcome(session.refresh());
  });
  assert.equal(error.code, "unavailable");
  await server.resume();
  await page.evaluate(() => when(() => session.refresh().then(() => true, () => false)));
  assert.deepEqual(await page.evaluate(() => use()), good);
});

/** A page whose session refreshes nothing by itself, and whose token is near its end by the server's account. */
async function nearEnd(t, renew) {
  const renewing = await world.keep(Sliding.start({ renew }));
  const [page] = await tabs(t, 1, renewing, { refreshAhead: 0 });
  await page.evaluate(async () => {
    const { iat, exp } = session.state.claims;
    await when(() => Date.now() > (iat + exp) * 500 + 50);
  });
  return { page, updates: () => renewing.arrivals("/update/token/") };
}

test("renewal by header: of the new tokens that parallel answers bring one is taken, and nothing is asked for", async (t) => {
  const { page, updates } = await nearEnd(t, "header");
  const before = await page.evaluate(() => session.accessToken());
  const after = await page.evaluate(async () => {
    await Promise.all([use(), use(), use()]);
    await when(() => session.state.generation > 1);
    return session.accessToken();
  });
  assert.ok(claims(after).exp > claims(before).exp);
  assert.deepEqual(await page.evaluate(() => use()), good);
  assert.deepEqual(await updates(), []);
});

test("renewal by flag: an answer that asks for it has the token exchanged once", async (t) => {
  const { page, updates } = await nearEnd(t, "flag");
  const uses = await page.evaluate(async () => {
    const uses = await Promise.all([use(), use(), use()]);
    await when(() => session.state.generation === 2);
    return [...uses, await use()];
  });
  assert.deepEqual(uses, [...Array(3).fill({ ...good, body: { ...good.body, renew: true } }), good]);
  assert.equal((await updates()).length, 1);
});
