// djangorestframework-simplejwt, as projects set it up.
import assert from "node:assert/strict";
import test from "node:test";
import { ask, claims, demo, expiry } from "../../servers/ask.mjs";
import { Django } from "../../servers/handles.mjs";
import { openWorld } from "../harness.mjs";
import { pair, runCases } from "./matrix.mjs";

const world = await openWorld({ django: false });

/** @type {import("./matrix.mjs").Row} */
const row = {
  start: () => Django.start(),
  backend: (origin) => ["simpleJwt", `${origin}/api/token/`],
  credentials: demo,
  resource: "/api/protected/",
  refreshPath: "/api/token/refresh/",
  tokens: async ({ origin }) => pair(await ask(`${origin}/api/token/`, { json: demo }), ["access", "refresh"]),
  refresh: ({ origin }, refresh) => ask(`${origin}/api/token/refresh/`, { json: { refresh } }),
  revoke: ({ origin }, { refresh }) => ask(`${origin}/api/token/blacklist/`, { json: { refresh } }),
  rotates: true,
  badToken: 401,
  cured: true,
  reuse: { status: 401 },
  signOut: { revocation: "done", status: 401 },
};

await runCases(world, "simpleJwt", row);

await runCases(world, "simpleJwt without rotation", {
  ...row,
  variant: true,
  start: () => Django.start({ rotate: false }),
  rotates: false,
  reuse: { status: 200 },
});

await runCases(world, "simpleJwt without the blacklist app", {
  ...row,
  variant: true,
  start: () => Django.start({ blacklist: false }),
  reuse: { status: 200 },
  // Nothing ends a token there.
  signOut: { revocation: "done", status: 200 },
  revoke: undefined,
});

await runCases(world, "simpleJwt with SessionAuthentication first", {
  ...row,
  variant: true,
  start: () => Django.start({ sessionFirst: true }),
  refusal: { status: 403, at: "code", is: "token_not_valid" },
  badToken: 403,
});

const server = await world.keep(Django.start());
world.api = server;

/** A page with an expired session of the user `other`, who can be spared. */
async function expired(t) {
  t.after(() => server.reset());
  const page = await world.page(t);
  await page.evaluate(async () => {
    hide();
    globalThis.session = await start();
    const { refresh } = await post(`${api}/api/token/`, { username: "other", password: "other" });
    await session.adopt({ access: "opaque", refresh, expiresIn: 0 });
    globalThis.use = () => outcome(session.fetch(`${api}/api/protected/`));
  });
  return page;
}

test("R7: a user who has become inactive is signed out", async (t) => {
  const page = await expired(t);
  await server.deactivate("other");
  assert.equal((await page.evaluate(() => use())).error.code, "rejected");
});

test("a user who becomes inactive while the token lives is told so, and signed out", async (t) => {
  const page = await expired(t);
  await page.evaluate(() => use());
  await server.deactivate("other");
  const { status, denial } = await page.evaluate(async () => {
    const response = await session.fetch(`${api}/api/protected/`);
    return { status: response.status, denial: await denialOf(response) };
  });
  assert.deepEqual([status, denial], [401, { kind: "account-inactive" }]);
  assert.deepEqual(await page.evaluate(() => seen().at(-1)), { type: "signed-out", reason: "rejected" });
});

test("R7: a user who is gone is a 500, which ends no session: the caller gets an error after a bounded wait", async (t) => {
  const page = await expired(t);
  await server.delete("other");
  await page.evaluate(() => hurry());
  const { error } = await page.evaluate(() => use());
  assert.equal(error.code, "unavailable");
  assert.equal(await page.evaluate(() => session.state.status), "signed-in");
});

test("remember me: another field goes with the credentials, and the longer life that the server gives is honoured", async (t) => {
  const page = await world.page(t);
  const lives = await page.evaluate(async () => {
    const session = await start();
    const lives = [];
    for (const remember of [false, true]) {
      await session.signIn({ ...demo, remember });
      lives.push(session.state.expiresAt - session.state.receivedAt);
    }
    return lives;
  });
  assert.ok(lives[0] <= 4000 && lives[1] > 38_000, lives);
});

test("a public view that refuses bad tokens gets a live one, or none at all", async (t) => {
  const page = await expired(t);
  const ask = () => page.evaluate(() => outcome(session.fetch(`${api}/api/public/`)));
  assert.deepEqual(await ask(), { value: 200 });
  await page.evaluate(() => session.signOut());
  assert.deepEqual(await ask(), { value: 200 });
  const [signedIn, signedOut] = await server.arrivals("/api/public/");
  assert.match(signedIn.authorization, /^bearer /);
  assert.equal(signedOut.authorization, "none");
});

test("a sliding token is renewed while it lives, and its session ends with it", async (t) => {
  const sliding = await world.keep(Django.start({ sliding: true }));
  const page = await world.page(t);
  const url = sliding.origin;
  const renewed = await page.evaluate(async (url) => {
    hide();
    globalThis.session = await start({ backend: simpleJwt(`${url}/api/sliding/`, { sliding: true }) });
    globalThis.use = () => outcome(session.fetch(`${url}/api/protected/`));
    await session.signIn(demo);
    const first = await session.accessToken();
    await when(() => Date.now() >= session.state.staleAt);
    const used = await use();
    await when(() => session.state.generation === 2);
    return { first, used, second: await session.accessToken() };
  }, url);
  assert.deepEqual(renewed.used, { value: 200 });
  assert.ok(claims(renewed.second).exp > claims(renewed.first).exp);

  await expiry(renewed.second);
  const ended = await page.evaluate(async (token) => {
    await session.adopt({ access: token, refresh: token });
    return use();
  }, renewed.second);
  assert.equal(ended.error?.code, "rejected");
});
