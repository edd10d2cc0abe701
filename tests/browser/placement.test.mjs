// Q6: another header, another scheme, or the query.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { sendJson, tokenPair } from "./servers.mjs";

const world = await openWorld({ django: false });
const tokens = tokenPair();
const api = await world.server({
  "/api/token/refresh/": (_, response) => sendJson(response, 200, tokenPair()),
  "/refused/": (_, response) => sendJson(response, 401, {}),
  "/away/": (_, response) => response.writeHead(302, { location: `${world.recorder.origin}/landed` }).end(),
});

beforeEach(() => {
  world.recorder.forget();
  api.forget();
});

/** Sends what `send` sends through a session with this placement; returns what reached the server. */
async function sendPlaced(t, placement, send) {
  const page = await world.page(t);
  const result = await page.evaluate(
    async ({ placement, origin, tokens, source }) => {
      const session = await start({ backend: simpleJwt(`${origin}/api/token/`), placement });
      await session.adopt(tokens);
      return outcome(eval(source)(session, origin));
    },
    { placement, origin: api.origin, tokens, source: String(send) },
  );
  return { result, requests: api.requests() };
}

test("Q6: by default the token goes into Authorization with a capital Bearer", async (t) => {
  const { requests } = await sendPlaced(t, undefined, (session, api) => session.fetch(`${api}/items/`));
  assert.equal(requests[0].headers.authorization, `Bearer ${tokens.access}`);
});

test("Q6: another scheme", async (t) => {
  const { requests } = await sendPlaced(t, { scheme: "JWT" }, (session, api) => session.fetch(`${api}/items/`));
  assert.equal(requests[0].headers.authorization, `JWT ${tokens.access}`);
});

test("Q6: another header, with and without a scheme", async (t) => {
  const send = (session, api) => session.fetch(new Request(`${api}/items/`, { headers: { "x-own": "kept" } }));
  const bare = await sendPlaced(t, { header: "X-Auth-Token", scheme: "" }, send);
  assert.equal(bare.requests[0].headers["x-auth-token"], tokens.access);
  assert.equal(bare.requests[0].headers["x-own"], "kept");
  api.forget();
  const schemed = await sendPlaced(t, { header: "X-Auth-Token", scheme: "Token" }, send);
  assert.equal(schemed.requests[0].headers["x-auth-token"], `Token ${tokens.access}`);
});

test("Q1, Q6: a redirect to another origin takes no other header along either", async (t) => {
  const { result } = await sendPlaced(t, { header: "X-Auth-Token" }, (session, api) => session.fetch(`${api}/away/`));
  assert.equal(result.error.name, "TypeError");
  assert.equal(world.recorder.requests().length, 0);
});

test("Q6: with another header a caller may look at redirects itself", async (t) => {
  const send = async (session, api) => (await session.fetch(`${api}/away/`, { redirect: "manual" })).type;
  const { result } = await sendPlaced(t, { header: "X-Auth-Token" }, send);
  assert.equal(result.value, "opaqueredirect");
});

test("Q6: with another header a Request keeps its settings", async (t) => {
  const { result } = await sendPlaced(t, { header: "X-Auth-Token" }, async (session, api) => {
    let sent;
    globalThis.fetch = async (input, init) => {
      sent = new Request(input, init);
      return new Response();
    };
    await session.fetch(new Request(`${api}/items/`, { referrerPolicy: "no-referrer", credentials: "omit" }));
    return { referrerPolicy: sent.referrerPolicy, credentials: sent.credentials };
  });
  assert.deepEqual(result.value, { referrerPolicy: "no-referrer", credentials: "omit" });
});

test("Q2, Q6: a caller's own token in the configured header is left alone", async (t) => {
  const send = (session, api) => session.fetch(`${api}/refused/`, { headers: { "x-auth-token": "own" } });
  const { requests } = await sendPlaced(t, { header: "X-Auth-Token" }, send);
  assert.deepEqual(
    requests.map(({ headers }) => headers["x-auth-token"]),
    ["own"],
  );
});

test("Q6: the query, without a trace in the headers or the referrer", async (t) => {
  const send = (session, api) => session.fetch(`${api}/items/?page=2#top`);
  const { requests } = await sendPlaced(t, { query: "token" }, send);
  assert.equal(requests[0].url, `/items/?page=2&token=${tokens.access}`);
  assert.equal(requests[0].headers.authorization, undefined);
  assert.equal(requests[0].headers.referer, undefined);
});

test("Q6: what the caller wrote into the query arrives byte for byte", async (t) => {
  const page = await world.page(t);
  const queries = ["?a=b%20c&x", "?a=b+c~!*'()", "?%7E=%2f&&a==", "??a", "?", "", "?a=1#token=mine", "?tokens=1&atoken"];
  const arrived = await page.evaluate(
    async ({ queries, origin }) => {
      const session = await start({ backend: simpleJwt(`${origin}/`), placement: { query: "the token" } });
      await session.adopt({ access: "a+b/c=" });
      const sent = watchFetch(() => answered(200));
      for (const query of queries) {
        await session.fetch(origin + query);
        await session.fetch(new Request(origin + query));
      }
      await fetch(origin + queries[1]);
      return sent.map(({ url }) => url.slice(origin.length + 1));
    },
    { queries, origin: api.origin },
  );
  const plain = arrived.pop();
  const expected = ["?a=b%20c&x&", `${plain}&`, "?%7E=%2f&&a==&", "??a&", "?", "?", "?a=1&", "?tokens=1&atoken&"];
  const withoutHash = arrived.map((query) => query.replace(/#.*/, ""));
  assert.deepEqual(
    withoutHash,
    expected.flatMap((query) => Array(2).fill(`${query}the+token=a%2Bb%2Fc%3D`)),
  );
});

test("Q6: the query of a Request with a body, sent again after a 401", async (t) => {
  const { result, requests } = await sendPlaced(t, { query: "token" }, (session, api) =>
    session.fetch(new Request(`${api}/refused/`, { method: "POST", headers: { "x-own": "kept" }, body: "whole" })),
  );
  assert.equal(result.value, 401);
  const attempts = requests.filter(({ pathname }) => pathname === "/refused/");
  assert.deepEqual(
    attempts.map(({ method, body, headers }) => [method, body, headers["x-own"], headers["content-type"]]),
    Array(2).fill(["POST", "whole", "kept", "text/plain;charset=UTF-8"]),
  );
  assert.notEqual(attempts[0].url, attempts[1].url);
});

test("Q2, Q6: a caller's own token in the query is left alone", async (t) => {
  const send = (session, api) => session.fetch(`${api}/refused/?token=own`);
  const { requests } = await sendPlaced(t, { query: "token" }, send);
  assert.deepEqual(
    requests.map(({ url }) => url),
    ["/refused/?token=own"],
  );
});
