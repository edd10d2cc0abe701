// A session's life against the real djangorestframework-simplejwt, with access tokens of 4 s.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";

const world = await openWorld();

beforeEach(() => world.api.reset());

test("S1: sign-in brings a session whose state tells no secret", async (t) => {
  const page = await world.page(t);
  const { before, after, token, events } = await page.evaluate(async () => {
    const session = await start();
    const before = session.state;
    await session.signIn(demo);
    return { before, after: session.state, token: await session.accessToken(), events: seen() };
  });
  assert.deepEqual(before, { status: "signed-out" });
  assert.equal(after.status, "signed-in");
  assert.equal(after.generation, 1);
  assert.match(after.sessionId, /^[0-9a-f]{16}$/);
  assert.ok(after.receivedAt < after.staleAt && after.staleAt < after.expiresAt);
  assert.equal(after.claims.token_type, "access");
  assert.ok(!JSON.stringify(after).includes(token));
  assert.deepEqual(events, [{ type: "signed-in", generation: 1 }]);
});

test("S1: the state is one object until something changes", async (t) => {
  const page = await world.page(t);
  const { same, others } = await page.evaluate(async () => {
    const session = await start();
    const states = [session.state];
    const changes = [
      () => session.signIn(demo),
      async () => session.adopt(await post(`${api}/api/token/`, demo)),
      () => session.signOut(),
    ];
    const same = [];
    for (const change of changes) {
      await change();
      states.push(session.state);
      same.push(session.state === states.at(-1));
    }
    return { same, others: new Set(states).size };
  });
  assert.deepEqual(same, [true, true, true]);
  assert.equal(others, 4);
});

test("S1: wrong credentials are refused by name, and a session that was there stays", async (t) => {
  const page = await world.page(t);
  const { outcomes, status } = await page.evaluate(async () => {
    const session = await signedIn();
    const wrong = [{ username: "demo", password: "wrong" }, { username: "demo" }, undefined, "demo"];
    const outcomes = [];
    for (const credentials of wrong) outcomes.push(await outcome(session.signIn(credentials)));
    return { outcomes, status: (await session.fetch(`${api}/api/protected/`)).status };
  });
  assert.deepEqual(
    outcomes.map(({ error }) => error.code),
    ["credentials-refused", "credentials-refused", "invalid-option", "invalid-option"],
  );
  assert.equal(status, 200);
});

test("R1: with a stale token a request goes out at once, and the refresh runs beside it", async (t) => {
  const page = await world.page(t);
  const result = await page.evaluate(async () => {
    hide();
    const session = await signedIn();
    const before = await session.accessToken();
    await post(`${api}/test/delay/`, { refresh_ms: 400 });
    await when(() => Date.now() >= session.state.staleAt);
    const sent = watchFetch();
    const response = await session.fetch(`${api}/api/protected/`);
    const generation = session.state.generation;
    await when(() => session.state.generation === 2);
    return { status: response.status, generation, before, sent };
  });
  assert.equal(result.status, 200);
  assert.equal(result.generation, 1, "the answer was there before the refresh ended");
  assert.deepEqual(result.sent.map(({ url }) => new URL(url).pathname).sort(), ["/api/protected/", "/api/token/refresh/"]);
  assert.equal(result.sent.find(({ url }) => url.endsWith("/protected/")).authorization, `Bearer ${result.before}`);
});

test("R1: a visible page's session is refreshed before anybody asks, a hidden one's is not", async (t) => {
  const [visible, hidden] = await Promise.all([world.page(t), world.page(t)]);
  const run = async (isHidden) => {
    if (isHidden) hide();
    const session = await signedIn();
    const { staleAt } = session.state;
    await when(() => Date.now() >= staleAt + 500);
    return session.state.generation;
  };
  assert.deepEqual(await Promise.all([visible.evaluate(run, false), hidden.evaluate(run, true)]), [2, 1]);
});

test("R1, R2: after expiry 100 requests wait for one refresh and are all answered", async (t) => {
  const page = await world.page(t);
  const { statuses, waited, events } = await page.evaluate(async () => {
    hide();
    const session = await signedIn();
    await when(() => Date.now() >= session.state.expiresAt);
    const sent = watchFetch();
    const answers = Array.from({ length: 100 }, () => session.fetch(`${api}/api/protected/`));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    return { statuses, waited: sent[0].url.endsWith("/refresh/"), events: seen().map(({ type }) => type) };
  });
  assert.deepEqual(statuses, Array(100).fill(200));
  assert.ok(waited, "the refresh is the first thing sent");
  assert.deepEqual(events, ["signed-in", "refreshed"]);
  const { refreshes, protected_ok, protected_401 } = await world.api.stats();
  assert.deepEqual({ refreshes, protected_ok, protected_401 }, { refreshes: 1, protected_ok: 100, protected_401: 0 });
});

test("R2: 100 requests that meet a 401 share one refresh, too", async (t) => {
  const page = await world.page(t);
  const { statuses, generation } = await page.evaluate(async () => {
    const session = await signedIn();
    await revoke(session);
    const answers = Array.from({ length: 100 }, () => session.fetch(`${api}/api/protected/`));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    return { statuses, generation: session.state.generation };
  });
  assert.deepEqual(statuses, Array(100).fill(200));
  // On a slow machine the new token may have reached its stale line by now, and been refreshed for that.
  const { refreshes } = await world.api.stats();
  assert.ok(refreshes === 1 || (refreshes === 2 && generation === 3), `${refreshes} refreshes`);
});

test("R4: rotation replaces the stored refresh token; without rotation it stays", async (t) => {
  const keeping = await world.keeping();
  const page = await world.page(t);
  const rotations = await page.evaluate(async (origins) => {
    const rotations = [];
    for (const origin of origins) {
      const session = await signedIn({ backend: simpleJwt(`${origin}/api/token/`), store: "indexeddb", name: origin });
      const before = JSON.parse(await stored(origin));
      const { access } = before;
      await post(`${origin}/test/revoke/`, { access });
      const { status } = await session.fetch(`${origin}/api/protected/`);
      const after = JSON.parse(await stored(origin));
      rotations.push({ status, access: after.access !== access, refresh: after.refresh !== before.refresh });
    }
    return rotations;
  }, [world.api.origin, keeping.origin]);
  assert.deepEqual(rotations, [
    { status: 200, access: true, refresh: true },
    { status: 200, access: true, refresh: false },
  ]);
});

test("S1: sign-out clears the record, blacklists the refresh token and says so", async (t) => {
  const page = await world.page(t);
  const result = await page.evaluate(async () => {
    const session = await signedIn({ store: "indexeddb" });
    const { refresh } = JSON.parse(await stored());
    const signedOut = await session.signOut();
    const { code } = await post(`${api}/api/token/refresh/`, { refresh });
    const again = await session.signOut();
    const token = await outcome(session.accessToken());
    return { signedOut, code, again, token, state: session.state, stored: await stored(), events: seen() };
  });
  assert.deepEqual(result.signedOut, { revocation: "done", error: undefined });
  assert.equal(result.code, "token_not_valid");
  assert.equal(result.again.revocation, "not-supported");
  assert.equal(result.token.error.code, "signed-out");
  assert.deepEqual(result.state, { status: "signed-out" });
  assert.equal(result.stored, undefined);
  assert.deepEqual(result.events.slice(1), [{ type: "signed-out", reason: "signed-out-here" }]);
  assert.equal((await world.api.stats()).blacklisted, 1);
});

test("S1: sign-out without a server ends the session here and reports that the revocation failed", async (t) => {
  const page = await world.page(t);
  const { signedOut, state } = await page.evaluate(async () => {
    const session = await signedIn();
    watchFetch(() => answered(503));
    const { revocation, error } = await session.signOut();
    return { signedOut: { revocation, code: error.code }, state: session.state };
  });
  assert.deepEqual(signedOut, { revocation: "failed", code: "unavailable" });
  assert.deepEqual(state, { status: "signed-out" });
});

test("R7: a refresh token that the server has blacklisted ends the session by name", async (t) => {
  const page = await world.page(t);
  const { answer, events, stored: left } = await page.evaluate(async () => {
    const session = await signedIn({ store: "indexeddb" });
    const { refresh } = JSON.parse(await stored());
    await post(`${api}/api/token/blacklist/`, { refresh });
    await revoke(session);
    const { status } = await session.fetch(`${api}/api/protected/`);
    return { answer: { status, state: session.state }, events: seen(), stored: await stored() };
  });
  assert.deepEqual(answer, { status: 401, state: { status: "signed-out" } });
  assert.deepEqual(events.slice(1), [{ type: "signed-out", reason: "rejected" }]);
  assert.equal(left, undefined);
});

test("T4: a refresh token given as access token is refused by name, and the reverse", async (t) => {
  const page = await world.page(t);
  const outcomes = await page.evaluate(async () => {
    const session = await start();
    const { access, refresh } = await post(`${api}/api/token/`, demo);
    const mixUps = [{ access: refresh, refresh }, { access, refresh: access }];
    const outcomes = [];
    for (const tokens of mixUps) outcomes.push(await outcome(session.adopt(tokens)));
    return outcomes;
  });
  for (const { error } of outcomes) assert.equal(error.code, "wrong-token-kind");
  assert.match(outcomes[0].error.message, /^A refresh token was given where an access token belongs/);
  assert.match(outcomes[1].error.message, /^An access token was given where a refresh token belongs/);
  assert.equal((await world.api.stats()).refreshes, 0);
});

test("T1: an opaque token has no known expiry, is sent, and is refreshed after its 401", async (t) => {
  const page = await world.page(t);
  const { before, status, after } = await page.evaluate(async () => {
    const session = await start();
    const { refresh } = await post(`${api}/api/token/`, demo);
    await session.adopt({ access: "opaque", refresh });
    const before = session.state;
    const { status } = await session.fetch(`${api}/api/protected/`);
    return { before, status, after: session.state.claims };
  });
  assert.deepEqual([before.expiresAt, before.staleAt, before.claims], [undefined, undefined, null]);
  assert.equal(status, 200);
  assert.equal(after.token_type, "access");
  const { protected_401, refreshes } = await world.api.stats();
  assert.deepEqual({ protected_401, refreshes }, { protected_401: 1, refreshes: 1 });
});

test("a session without a refresh token ends with its access token, and says so", async (t) => {
  const page = await world.page(t);
  const { live, refreshed } = await page.evaluate(async () => {
    const session = await start();
    await session.adopt({ access: "opaque", expiresIn: 0.2 });
    const live = await session.accessToken();
    await when(() => Date.now() >= session.state.expiresAt);
    return { live, refreshed: await outcome(session.accessToken()) };
  });
  assert.equal(live, "opaque");
  assert.equal(refreshed.error.code, "cannot-refresh");
});

test("R7: the server stops and starts again, and the session survives", async (t) => {
  const page = await world.page(t);
  await page.evaluate(async () => {
    hide();
    globalThis.session = await signedIn();
    await when(() => Date.now() >= session.state.expiresAt);
  });
  await world.api.suspend();
  const during = page.evaluate(() => outcome(session.fetch(`${api}/api/protected/`)));
  await page.evaluate(() => when(() => seen().some(({ type }) => type === "refresh-failed")));
  await world.api.resume();
  assert.deepEqual(await during, { value: 200 });
  const events = await page.evaluate(() => seen());
  assert.equal(events[1].error.code, "unavailable");
  assert.ok(events[1].retryAt > 0);
  assert.equal(events.at(-1).type, "refreshed");
});

for (const [store, survives] of Object.entries({ indexeddb: true, session: true, memory: false })) {
  test(`S2: a session in the ${store} store ${survives ? "survives" : "ends with"} a reload`, async (t) => {
    const page = await world.page(t);
    const before = await page.evaluate(async (store) => (await signedIn({ store })).state, store);
    await page.reload();
    const { state, events } = await page.evaluate(async (store) => {
      const session = await start({ store });
      return { state: session.state, events: seen() };
    }, store);
    assert.deepEqual(events, [], "a session that was there is no news");
    if (!survives) return assert.deepEqual(state, { status: "signed-out" });
    assert.equal(state.sessionId, before.sessionId);
    assert.equal(state.generation, before.generation);
  });
}

test("S3: an observer's own exception stops neither the others nor the session, and can leave", async (t) => {
  const page = await world.page(t);
  const result = await page.evaluate(async () => {
    const session = await start();
    const calls = [];
    session.on("signed-in", () => {
      throw new Error("the observer's own");
    });
    session.on("signed-in", (event) => calls.push(event.type));
    const leave = session.on("signed-out", () => calls.push("never"));
    leave();
    await session.signIn(demo);
    await session.signOut();
    const unknown = await outcome((async () => session.on("no event", () => {}))());
    return { calls, unknown: unknown.error.code };
  });
  assert.deepEqual(result, { calls: ["signed-in"], unknown: "invalid-option" });
  assert.ok(page.output.some((line) => line.includes("the observer's own")));
});
