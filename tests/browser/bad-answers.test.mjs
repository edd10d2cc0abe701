// R7, S4: answers that are not what a token endpoint says cost nobody the session, and no secret leaves.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { openWorld } from "./harness.mjs";
import { jwt, sendJson, tokenPair } from "./servers.mjs";

const world = await openWorld({ django: false });
const server = await world.server();

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

let endpoints = 0;

/** A token endpoint of its own for a test: what it answers to sign-ins and refreshes can be set. */
function endpoint() {
  const path = `/${(endpoints += 1)}/`;
  server.answers[path] = (_, response) => sendJson(response, 200, tokenPair());
  return {
    url: server.origin + path,
    set signIn(answer) {
      server.answers[path] = answer;
    },
    set refresh(answer) {
      server.answers[`${path}refresh/`] = answer;
    },
  };
}

/** A page with `session`, which has to be refreshed. */
async function expired(t, { url }) {
  const page = await world.page(t);
  await page.evaluate(async (url) => {
    hide();
    globalThis.session = await start({ backend: simpleJwt(url) });
    await session.signIn(demo);
    await session.adopt({ access: await session.accessToken(), refresh: "refresh-secret", expiresIn: 0 });
  }, url);
  return page;
}

// Each waits for a second try, so several do at once.
describe("R7: answers to a refresh", { concurrency: 4 }, () => {
  for (const [what, [code, answer]] of Object.entries(ANSWERS)) {
    test(`${what} is "${code}", and the session lives on`, async (t) => {
      const tokens = endpoint();
      const page = await expired(t, tokens);
      tokens.refresh = answer;
      const failed = page.evaluate(() => outcome(session.accessToken()));
      const event = await page.evaluate(async () => {
        await when(() => seen().some(({ type }) => type === "refresh-failed"));
        return seen().at(-1);
      });
      assert.equal(event.error.code, code);
      assert.ok(event.error.evertoken);
      assert.ok(event.retryAt > 0);
      // A misconfigured endpoint is reported to who waits; a server in trouble gets a second chance.
      if (code === "misconfigured") assert.equal((await failed).error.code, code);
      tokens.refresh = json(200, tokenPair());
      const { status, token } = await page.evaluate(async () => {
        await when(async () => (await outcome(session.accessToken())).error === undefined);
        return { status: session.state.status, token: await session.accessToken() };
      });
      assert.equal(status, "signed-in");
      assert.match(token, /^eyJ/);
      assertNoSecret(page, await page.evaluate(() => JSON.stringify(seen())));
    });
  }
});

/** Neither events nor the console show a token, nor what the server said. */
function assertNoSecret(page, events) {
  const told = [events, ...page.output].join("\n");
  assert.doesNotMatch(told, /eyJ|refresh-secret|not a token|Wi-Fi|slow down/);
}

test("S4: no error of a sign-in shows the credentials or the answer", async (t) => {
  const page = await world.page(t);
  const answers = {
    "credentials-refused": json(401, { detail: "wrong: hunter2" }),
    unavailable: raw(502, "text/html", "hunter2"),
    misconfigured: json(200, { token: "hunter2" }),
    "wrong-token-kind": json(200, { access: tokenPair().refresh, refresh: tokenPair().refresh }),
  };
  const tokens = endpoint();
  for (const [code, answer] of Object.entries(answers)) {
    tokens.signIn = answer;
    const { error } = await page.evaluate(async (url) => {
      const session = await start({ backend: simpleJwt(url) });
      const { error } = await outcome(session.signIn({ username: "demo", password: "hunter2" }));
      return { error: { ...error, text: `${error.name} ${error.message} ${JSON.stringify(error.cause)}` } };
    }, tokens.url);
    assert.equal(error.code, code);
    assert.doesNotMatch(error.text, /hunter2|eyJ/);
  }
  assert.doesNotMatch(page.output.join("\n"), /hunter2/);
});

test("S4: the session and its errors show no token when they are printed", async (t) => {
  const page = await world.page(t);
  const printed = await page.evaluate(async (url) => {
    const session = await start({ backend: simpleJwt(url) });
    await session.signIn(demo);
    const token = await session.accessToken();
    const texts = [JSON.stringify(session), String(session), JSON.stringify(session.state), JSON.stringify(seen())];
    console.log(session, session.state);
    const members = Object.getOwnPropertyNames(session);
    return { leaks: texts.some((text) => text.includes(token)), members };
  }, endpoint().url);
  assert.deepEqual(printed, { leaks: false, members: ["fetch"] });
  assert.doesNotMatch(page.output.join("\n"), /eyJ/);
});

test("R7: Retry-After is honoured and passed on", async (t) => {
  const tokens = endpoint();
  const page = await expired(t, tokens);
  tokens.refresh = (_, response) => {
    response.setHeader("access-control-expose-headers", "retry-after");
    response.writeHead(429, { "retry-after": "120" }).end();
  };
  const { error, retryAt, now } = await page.evaluate(async () => {
    const { error } = await outcome(session.accessToken());
    return { error, retryAt: seen().at(-1).retryAt, now: Date.now() };
  });
  assert.equal(error.code, "unavailable");
  assert.ok(error.retryAfter > 110 && error.retryAfter <= 120, `${error.retryAfter} s`);
  assert.ok(Math.abs(retryAt - now - 120_000) < 5_000);
});
