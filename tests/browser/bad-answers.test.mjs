// R7, S4: answers that are not what a token endpoint says cost nobody the session, and no secret leaves.
import assert from "node:assert/strict";
import test from "node:test";
import { openWorld } from "./harness.mjs";
import { jwt, sendJson, tokenPair } from "./servers.mjs";

const world = await openWorld({ django: false });
const server = await world.server({ "/api/token/": (_, response) => sendJson(response, 200, tokenPair()) });
const REFRESH = "/api/token/refresh/";

const raw = (status, type, body) => (_, response) => response.writeHead(status, { "content-type": type }).end(body);
const json = (status, body) => (_, response) => sendJson(response, status, body);

/** What the refresh answers, and the code that follows from it. */
const ANSWERS = {
  "an HTML page": ["unavailable", raw(200, "text/html", "<!doctype html><title>Sign in to the Wi-Fi</title>")],
  "an HTML page with 401": ["unavailable", raw(401, "text/html", "<h1>Unauthorized</h1>")],
  "an HTML page with 403": ["unavailable", raw(403, "text/html", "<h1>Request blocked</h1>")],
  "half of the JSON": ["unavailable", raw(200, "application/json", '{"access":"eyJhbGci')],
  "a connection that is cut": [
    "unavailable",
    (_, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
      response.write('{"access":"', () => response.destroy());
    },
  ],
  nothing: ["unavailable", raw(200, "application/json", "")],
  "two megabytes": ["unavailable", raw(200, "application/json", JSON.stringify({ access: "x".repeat(2 << 20) }))],
  "bytes that are not UTF-8": ["unavailable", raw(200, "application/json", Buffer.from([0xff, 0xfe, 0x00]))],
  "a list": ["unavailable", json(200, ["access"])],
  "an error of the server": ["unavailable", json(500, { detail: "error" })],
  "too many requests": ["unavailable", json(429, { detail: "slow down" })],
  "a redirect": ["misconfigured", (_, response) => response.writeHead(302, { location: "/login" }).end()],
  "no such page": ["misconfigured", raw(404, "text/html", "<h1>Not found</h1>")],
  "an object without a token": ["misconfigured", json(200, {})],
  "a token of another type": ["misconfigured", json(200, { access: 7 })],
  "a token with a space": ["misconfigured", json(200, { access: "not a token" })],
  "a refresh token as access token": ["misconfigured", json(200, { access: tokenPair().refresh })],
  "another user's token": ["misconfigured", json(200, { access: jwt({ token_type: "access", user_id: 2 }) })],
};

for (const [what, [code, answer]] of Object.entries(ANSWERS)) {
  test(`R7: a refresh answered with ${what} is ${code}, and the session lives on`, async (t) => {
    const page = await world.page(t);
    server.forget();
    server.answers[REFRESH] = answer;
    const result = await page.evaluate(async (origin) => {
      const session = await start({ backend: simpleJwt(`${origin}/api/token/`) });
      await session.signIn(demo);
      const failed = session.refresh();
      return { state: session.state.status, failed: await outcome(Promise.race([failed, when(() => seen().length > 1)])) };
    }, server.origin);
    assert.equal(result.state, "signed-in");
    await assertFailure(page, code);
    assertNoSecret(page);
    server.answers[REFRESH] = json(200, tokenPair());
  });
}
