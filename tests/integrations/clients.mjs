// What must hold for every library that sends its requests through `session.fetch`.
import assert from "node:assert/strict";
import test from "node:test";
import { until } from "../browser/harness.mjs";

/**
 * The tests of one library. Its functions run in the page, with the recipe's exports as globals.
 * @param {object} world
 * @param {{ name: string, recipes: string[], code?: string, path: string, setup: () => void, aborted: object, refused: object,
 *   rejected: object, unavailable: object }} client
 * `setup` defines `read(signal)`, `write(text)` and `tell(error)`, which says what a user of the library sees of an error; the rest is
 * what `tell` says of an abort, a 401 that stays, the end of the session, and an outage of the token endpoint.
 * `path` is where requests arrive, `code` what the page's module does besides running the recipes.
 */
export function testClient({ api, page: open }, { name, recipes, code, path, setup, aborted, refused, rejected, unavailable }) {
  const start = async (t) => {
    const page = await open(t, ["session.js", ...recipes], { code });
    await page.evaluate(setup);
    // How a call ended, as a value that leaves the page.
    await page.evaluate(() => {
      globalThis.told = (call) => call.then((value) => ({ value }), (error) => ({ error: tell(error) }));
    });
    return page;
  };
  /** The access token has expired by its own account; the refresh token is good. */
  const expire = (page) => page.evaluate((pair) => session.adopt({ ...pair, access: "opaque", expiresIn: 0 }), api.issue());

  test(`${name}: calls at once with a token that is refused share one refresh, and bodies are sent again`, async (t) => {
    const page = await start(t);
    await page.evaluate(() => read());
    api.revoke();
    const texts = await page.evaluate(() => Promise.all(["one", "two", "three", "four"].map((text) => write(text))));
    assert.deepEqual(texts, ["one", "two", "three", "four"]);
    assert.equal(api.refreshes, 1);
    assert.equal(api.reused, 0);
  });

  test(`${name}: an expired token is refreshed before the request`, async (t) => {
    const page = await start(t);
    await expire(page);
    const texts = await page.evaluate(() => Promise.all(["one", "two"].map((text) => write(text))));
    assert.deepEqual(texts, ["one", "two"]);
    assert.equal(api.refreshes, 1);
    assert.ok(api.sent(path).length <= 2, "nothing was sent with the expired token");
  });

  test(`${name}: aborted while it waits for the refresh, the call ends as the library's abort and the refresh goes on`, async (t) => {
    const page = await start(t);
    await expire(page);
    const release = api.hold();
    await page.evaluate(() => {
      globalThis.controller = new AbortController();
      globalThis.answer = told(read(controller.signal));
    });
    await until(() => api.refreshes === 1, "the refresh has begun");
    const { error } = await page.evaluate(() => {
      controller.abort();
      return answer;
    });
    assert.deepEqual(error, aborted);
    release();
    assert.equal(await page.evaluate(() => write("after it")), "after it");
    assert.equal(api.refreshes, 1);
    assert.equal(api.sent(path).length, 1, "what was aborted was never sent");
  });

  test(`${name}: a 401 that stays is the library's own error after one more attempt`, async (t) => {
    const page = await start(t);
    api.resourceStatus = 401;
    const { error } = await page.evaluate(() => told(read()));
    assert.deepEqual(error, refused);
    assert.equal(api.sent(path).length, 2);
    assert.equal(api.refreshes, 1);
  });

  test(`${name}: the end of the session is told by its code, and nothing is sent`, async (t) => {
    const page = await start(t);
    await expire(page);
    api.end();
    const { error } = await page.evaluate(() => told(read()));
    assert.deepEqual(error, rejected);
    assert.equal(api.refreshes, 1);
    assert.equal(api.sent(path).length, 0);
  });

  test(`${name}: an outage of the token endpoint is told by its code, and the session stays`, async (t) => {
    const page = await start(t);
    await expire(page);
    api.tokenStatus = 503;
    await page.evaluate(() => void (globalThis.answer = told(read())));
    await until(() => api.refreshes === 1, "the refresh has begun");
    // From here on, so that a time limit of the library goes on at its own pace.
    const { error } = await page.evaluate(() => {
      hurry();
      return answer;
    });
    assert.deepEqual(error, unavailable);
    assert.equal(api.sent(path).length, 0);
    assert.equal(await page.evaluate(() => session.state.status), "signed-in");
  });
}
