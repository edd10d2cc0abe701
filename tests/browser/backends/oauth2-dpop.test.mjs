// OAuth 2.0 with DPoP, by node-oidc-provider: nonces are required at both ends, and tokens are bound to the page's key.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { Oidc } from "../../servers/handles.mjs";
import { openWorld } from "../harness.mjs";

const world = await openWorld({ django: false });
const server = await world.keep(Oidc.start());

beforeEach(() => server.reset());

/** Tabs of one session, whose key they share. `adopt(expiresIn)` begins it with tokens of a new grant. */
async function tabs(t, count = 1, { origin } = server) {
  const pages = await world.pages(t, count);
  for (const page of pages) await page.evaluate(prepare, origin);
  return pages;
}

async function prepare(origin) {
  const { dpopKey } = await import("/pkg/dpop.js");
  const backend = oauth2({
    tokenEndpoint: `${origin}/token`,
    clientId: "spa",
    revocationEndpoint: `${origin}/token/revocation`,
  });
  hide();
  const dpop = await dpopKey();
  const session = await start({ backend, dpop, store: "indexeddb" });
  const grant = () => post(`${origin}/test/grant/`, { jkt: dpop.thumbprint });
  const use = () => outcome(session.fetch(`${origin}/protected`));
  async function adopt(expiresIn) {
    const { access_token: access, refresh_token: refresh, expires_in } = await grant();
    // A token that has expired by the session's own account is none that tells its end.
    await session.adopt(expiresIn === 0 ? { access: "opaque", refresh, expiresIn } : { access, refresh, expiresIn: expires_in });
    return refresh;
  }
  Object.assign(globalThis, { adopt, dpop, session, use });
}

const statuses = async (path, of = server) => (await of.arrivals(path)).map(({ status }) => status);

test("both ends ask for a nonce once, and the token never goes without its key", async (t) => {
  const [page] = await tabs(t);
  await page.evaluate(() => adopt(0));
  const uses = await page.evaluate(async () => [await use(), await use()]);
  assert.deepEqual(uses, [{ value: 200 }, { value: 200 }]);
  assert.deepEqual(await statuses("/token"), [400, 200]);
  assert.deepEqual(await statuses("/protected"), [401, 200, 200]);
  for (const { authorization } of await server.arrivals("/protected")) assert.match(authorization, /^dpop /);
});

test("R1, R2: two tabs with one key refresh once beside their requests, and once after expiry", async (t) => {
  const pages = await tabs(t, 2);
  await pages[0].evaluate(() => adopt());
  for (const page of pages) await page.evaluate(() => when(() => session.state.status === "signed-in"));
  const outcomes = await Promise.all(
    pages.map((page) =>
      page.evaluate(async () => {
        const { staleAt } = session.state;
        await when(() => Date.now() >= staleAt);
        const stale = await use();
        await when(() => session.state.generation === 2);
        const { expiresAt } = session.state;
        await when(() => Date.now() >= expiresAt);
        return [stale, ...(await Promise.all(Array.from({ length: 10 }, use)))];
      }),
    ),
  );
  assert.deepEqual(outcomes.flat(), Array(22).fill({ value: 200 }));
  const granted = (await statuses("/token")).filter((status) => status === 200);
  assert.equal(granted.length, 2);
});

test("the key survives a reload", async (t) => {
  const [page] = await tabs(t);
  await page.evaluate(() => adopt(0));
  const before = await page.evaluate(() => dpop.thumbprint);
  await page.reload();
  await page.evaluate(prepare, server.origin);
  assert.equal(await page.evaluate(() => dpop.thumbprint), before);
  assert.deepEqual(await page.evaluate(() => use()), { value: 200 });
});

test("a nonce that has become an old one costs one more request and no refresh", async (t) => {
  const [page] = await tabs(t);
  await page.evaluate(() => adopt());
  await page.evaluate(() => use());
  await server.renewNonce();
  assert.deepEqual(await page.evaluate(() => use()), { value: 200 });
  assert.deepEqual(await statuses("/protected"), [401, 200, 401, 200]);
  assert.deepEqual(await statuses("/token"), []);
});

test("R7: the server goes away and comes back with other nonces, and the session survives", async (t) => {
  const [page] = await tabs(t);
  await page.evaluate(() => adopt(0));
  await page.evaluate(() => use());
  await page.evaluate(() => adopt(0));
  await server.suspend();
  const during = page.evaluate(() => use());
  await page.evaluate(() => when(() => seen().some(({ type }) => type === "refresh-failed")));
  await server.resume();
  assert.deepEqual(await during, { value: 200 });
});

test("R7: a grant that has been revoked ends the session; at sign-out the server is told", async (t) => {
  const [page] = await tabs(t);
  const revoked = await page.evaluate(async (url) => {
    const token = await adopt(0);
    await fetch(url, { method: "POST", body: new URLSearchParams({ client_id: "spa", token }) });
    return use();
  }, `${server.origin}/token/revocation`);
  assert.equal(revoked.error?.code, "rejected");

  const { revocation, refused } = await page.evaluate(async (url) => {
    const refresh_token = await adopt();
    const { revocation } = await session.signOut();
    const body = new URLSearchParams({ grant_type: "refresh_token", client_id: "spa", refresh_token });
    const response = await dpop.fetch(url, { method: "POST", body });
    return { revocation, refused: [response.status, (await response.json()).error] };
  }, `${server.origin}/token`);
  assert.deepEqual([revocation, refused], ["done", [400, "invalid_grant"]]);
});

test("without nonces nothing is asked for", async (t) => {
  const plain = await world.keep(Oidc.start({ nonces: false }));
  const [page] = await tabs(t, 1, plain);
  await page.evaluate(() => adopt(0));
  assert.deepEqual(await page.evaluate(() => use()), { value: 200 });
  assert.deepEqual([await statuses("/token", plain), await statuses("/protected", plain)], [[200], [200]]);
});

test("a nonce that the resource does not let the page read is the caller's 401, without a loop", async (t) => {
  const hiding = await world.keep(Oidc.start({ expose: false }));
  const [page] = await tabs(t, 1, hiding);
  await page.evaluate(() => adopt());
  assert.deepEqual(await page.evaluate(() => use()), { value: 401 });
  assert.ok((await statuses("/protected", hiding)).length <= 2);
});
