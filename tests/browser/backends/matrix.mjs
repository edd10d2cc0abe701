// The cases that every backend goes through, in pages of another origin.
import assert from "node:assert/strict";
import test from "node:test";

/**
 * @typedef {object} Row
 * @property {() => Promise<object>} start the server; its access tokens live for four seconds
 * @property {(origin: string) => unknown[]} backend the function of the package and its arguments
 * @property {object} [refusal] what `refreshOn` takes besides a 401
 * @property {object} [credentials] what signs the demo user in; without them a session begins with tokens from elsewhere
 * @property {boolean} [variant] of another row: the cases that take long are left to the other
 * @property {string} resource a path that takes access tokens
 * @property {object} [headers] what the resource wants besides
 * @property {string} refreshPath where refreshes arrive
 * @property {(server: object) => Promise<{ access: string, refresh: string, expiresIn?: number }>} tokens
 * @property {(server: object, token: string) => Promise<{ status: number }>} refresh
 * @property {(server: object, tokens: object) => Promise<unknown>} revoke ends a refresh token at the server
 * @property {boolean} rotates whether a refresh brings a new refresh token
 * @property {number} badToken the status of the resource for an access token that the server has not signed
 * @property {boolean} [cured] whether the session answers that with a refresh
 * @property {{ status: number, endsSession?: boolean }} reuse what a refresh token is answered that has been used before
 * @property {{ revocation: string, status: number }} signOut its result, and what a refresh with its token is answered then
 */

/** The tokens in an answer, by their names there. */
export const pair = ({ body }, [access, refresh], expiresIn) => ({ access: body[access], refresh: body[refresh], expiresIn });

/**
 * The tests of one backend.
 * @param {import("../harness.mjs").World} world
 * @param {string} name
 * @param {Row} row
 */
export async function runCases(world, name, row) {
  const server = await world.keep(row.start());
  const it = (what, run) =>
    test(`${name}: ${what}`, async (t) => {
      await server.reset();
      await run(t);
    });
  const refreshes = () => server.arrivals(row.refreshPath);
  const uses = async () => (await server.arrivals(row.resource)).map(({ status }) => status);

  /** Tabs of one session. `use()` is what a protected request comes to in each. */
  async function tabs(t, count) {
    const pages = await world.pages(t, count);
    const [preset, ...args] = row.backend(server.origin);
    const told = { preset, args, refused: row.refusal, url: server.origin + row.resource, headers: row.headers };
    for (const page of pages) {
      await page.evaluate(async ({ preset, args, refused, url, headers }) => {
        hide();
        const backend = globalThis[preset](...args);
        const refreshOn = refused && [401, refusal(refused)];
        globalThis.session = await start({ backend, store: "indexeddb", refreshOn });
        globalThis.use = () => outcome(session.fetch(url, { headers }));
        globalThis.storedRefresh = async () => JSON.parse(await stored()).refresh;
      }, told);
    }
    return pages;
  }

  /** A page that has signed in, or begun with tokens from elsewhere. */
  async function signedIn(t) {
    const [page] = await tabs(t, 1);
    if (row.credentials) await page.evaluate((credentials) => session.signIn(credentials), row.credentials);
    else await page.evaluate((tokens) => session.adopt(tokens), await row.tokens(server));
    return page;
  }

  /** A page whose access token has expired by its own account; `refresh` is good. */
  async function expired(t) {
    const [page] = await tabs(t, 1);
    const tokens = await row.tokens(server);
    await page.evaluate((refresh) => session.adopt({ access: "opaque", refresh, expiresIn: 0 }), tokens.refresh);
    return { page, tokens };
  }

  it("a session begins, its token is good at the resource, and sign-out tells the server", async (t) => {
    const page = await signedIn(t);
    assert.deepEqual(await page.evaluate(() => use()), { value: 200 });
    const refresh = await page.evaluate(() => storedRefresh());
    const { revocation } = await page.evaluate(() => session.signOut());
    assert.equal(revocation, row.signOut.revocation);
    assert.deepEqual(await page.evaluate(() => session.state), { status: "signed-out" });
    assert.deepEqual(await refreshes(), []);
    assert.equal((await row.refresh(server, refresh)).status, row.signOut.status);
  });

  if (row.credentials) {
    it("a wrong password is refused by name", async (t) => {
      const [page] = await tabs(t, 1);
      const wrong = { ...row.credentials, password: "wrong" };
      const { error } = await page.evaluate((wrong) => outcome(session.signIn(wrong)), wrong);
      assert.equal(error?.code, "credentials-refused");
    });
  }

  it(`R4: a refresh ${row.rotates ? "replaces" : "keeps"} the refresh token; the used one is answered ${row.reuse.status}`, async (t) => {
    const { page, tokens } = await expired(t);
    assert.deepEqual(await page.evaluate(() => use()), { value: 200 });
    const refresh = await page.evaluate(() => storedRefresh());
    assert.equal(refresh !== tokens.refresh, row.rotates);
    assert.equal((await row.refresh(server, tokens.refresh)).status, row.reuse.status);
    const next = await page.evaluate(async () => {
      // A token that is less than a second old counts as new.
      await when(() => Date.now() > session.state.receivedAt + 1000);
      return outcome(session.refresh());
    });
    assert.equal(next.error?.code, row.reuse.endsSession ? "rejected" : undefined);
  });

  it(`Q3: a token that the server has not signed is answered ${row.badToken}${row.cured ? " and cured by a refresh" : ""}`, async (t) => {
    const [page] = await tabs(t, 1);
    const { access, refresh } = await row.tokens(server);
    const bad = access.includes(".") ? access.replace(/[^.]+$/, "A".repeat(43)) : "A".repeat(43);
    await page.evaluate((tokens) => session.adopt(tokens), { access: bad, refresh, expiresIn: 60 });
    assert.deepEqual(await page.evaluate(() => use()), { value: row.cured ? 200 : row.badToken });
    assert.deepEqual(await uses(), row.cured ? [row.badToken, 200] : [row.badToken]);
    assert.equal((await refreshes()).length, row.cured ? 1 : 0);
  });

  if (row.revoke) {
    it("R7: a refresh token that has been revoked ends the session, and the reason is told", async (t) => {
      const { page, tokens } = await expired(t);
      await row.revoke(server, tokens);
      const { error } = await page.evaluate(() => use());
      assert.equal(error?.code, "rejected");
      const events = await page.evaluate(() => seen());
      assert.deepEqual(events.at(-1), { type: "signed-out", reason: "rejected" });
    });
  }

  if (row.variant) return;

  it("R1: with a stale token a request goes out at once, and one refresh happens beside it", async (t) => {
    const page = await signedIn(t);
    await server.delayRefreshes(400);
    const generation = await page.evaluate(async () => {
      await when(() => Date.now() >= session.state.staleAt);
      await use();
      const { generation } = session.state;
      await when(() => session.state.generation === 2);
      return generation;
    });
    assert.equal(generation, 1, "the answer was there before the refresh ended");
    assert.deepEqual([(await refreshes()).length, await uses()], [1, [200]]);
  });

  it("R2: after expiry two tabs with ten requests each wait for one refresh, and the expired token is not sent", async (t) => {
    const pages = await tabs(t, 2);
    await pages[0].evaluate((tokens) => session.adopt(tokens), await row.tokens(server));
    for (const page of pages) await page.evaluate(() => when(() => session.state.status === "signed-in"));
    const outcomes = await Promise.all(
      pages.map((page) =>
        page.evaluate(async () => {
          const { expiresAt } = session.state;
          await when(() => Date.now() >= expiresAt);
          return Promise.all(Array.from({ length: 10 }, use));
        }),
      ),
    );
    assert.deepEqual(outcomes.flat(), Array(20).fill({ value: 200 }));
    assert.deepEqual([(await refreshes()).length, await uses()], [1, Array(20).fill(200)]);
  });

  it("R7: the server goes away and comes back, and the session survives", async (t) => {
    const { page } = await expired(t);
    await server.suspend();
    const during = page.evaluate(() => use());
    await page.evaluate(() => when(() => seen().some(({ type }) => type === "refresh-failed")));
    await server.resume();
    assert.deepEqual(await during, { value: 200 });
  });
}
