// TanStack Query: what is tried again, and what is not.
import assert from "node:assert/strict";
import test from "node:test";
import { until } from "../browser/harness.mjs";
import { sendJson } from "../browser/servers.mjs";
import { openWorld } from "./harness.mjs";

const { api, page: open } = await openWorld({ "/notes": (request, response) => sendJson(response, 200, { text: "a note" }) });

/** A page with `ask()`, a query that ends as `{ data }` or as what its error says, after so many calls. */
async function start(t) {
  const page = await open(t, ["session.js", "query.js"]);
  await page.evaluate((url) => {
    globalThis.ask = async (key = "notes") => {
      let calls = 0;
      const queryFn = ({ signal }) => ((calls += 1), getJson(url, signal));
      try {
        return { data: await queryClient.fetchQuery({ queryKey: [key], queryFn }), calls };
      } catch ({ message, status }) {
        return { message, status, calls };
      }
    };
  }, `${api.origin}/notes`);
  return page;
}

const expire = (page) => page.evaluate((pair) => session.adopt({ ...pair, access: "opaque", expiresIn: 0 }), api.issue());

test("queries at once with a token that is refused share one refresh, and none fails", async (t) => {
  const page = await start(t);
  api.revoke();
  const results = await page.evaluate(() => Promise.all([ask("one"), ask("two"), ask("three")]));
  assert.deepEqual(results, Array(3).fill({ data: { text: "a note" }, calls: 1 }));
  assert.equal(api.refreshes, 1);
});

test("a 401 that stays is not tried again", async (t) => {
  const page = await start(t);
  api.resourceStatus = 401;
  const result = await page.evaluate(() => ask());
  assert.deepEqual(result, { message: `401 from ${api.origin}/notes`, status: 401, calls: 1 });
  assert.equal(api.sent("/notes").length, 2);
});

test("the end of the session is not tried again", async (t) => {
  const page = await start(t);
  await expire(page);
  api.end();
  const { calls, message } = await page.evaluate(() => ask());
  assert.equal(calls, 1);
  assert.equal(message, "CancelledError");
  assert.equal(api.refreshes, 1);
  assert.equal(api.sent("/notes").length, 0);
});

test("an outage of the API is tried again, with the token", async (t) => {
  const page = await start(t);
  api.resourceStatus = 503;
  const result = await page.evaluate(() => {
    hurry();
    return ask();
  });
  assert.deepEqual(result, { message: `503 from ${api.origin}/notes`, status: 503, calls: 4 });
  assert.ok(api.sent("/notes").every(({ headers }) => headers.authorization));
  assert.equal(api.refreshes, 0);
});

test("an outage of the token endpoint is tried again when the session is, and passes", async (t) => {
  const page = await start(t);
  await expire(page);
  api.tokenStatus = 503;
  await page.evaluate(() => {
    hurry();
    globalThis.unavailable = 0;
    queryClient.getQueryCache().subscribe(({ action }) => {
      if (action?.type === "failed") unavailable += 1;
    });
    globalThis.answer = ask();
  });
  await until(() => page.evaluate(() => unavailable === 1), "the query has failed once");
  api.tokenStatus = undefined;
  const { data } = await page.evaluate(() => answer);
  assert.deepEqual(data, { text: "a note" });
});

test("a sign-out empties the cache", async (t) => {
  const page = await start(t);
  const [before, after] = await page.evaluate(async () => {
    await ask();
    const cached = () => queryClient.getQueryCache().getAll().length;
    const before = cached();
    await session.signOut();
    await when(() => cached() === 0);
    return [before, cached()];
  });
  assert.deepEqual([before, after], [1, 0]);
});
