// The lines of `evertoken/debug`: what happened and why, and no secret.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { sendJson, tokenPair } from "./servers.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

/** Tabs with `session`, whose lines are in `lines`; hidden, so that nothing happens unasked. */
async function openTabs(t, count, options = {}) {
  const tabs = await world.pages(t, count);
  for (const tab of tabs) {
    await tab.evaluate(async (options) => {
      hide();
      const { debugLines } = await import("/pkg/debug.js");
      globalThis.lines = [];
      const debug = debugLines((line) => lines.push(line));
      globalThis.session = await start({ store: "indexeddb", debug, ...options });
      /** The lines since the last call, in words: what, and what tells one such line from another. */
      globalThis.story = () =>
        lines.splice(0).map(({ what, for: wanted, type, hint, generation, pending, status, failure }) =>
          [what, wanted, type, hint, generation, pending && "pending", status, failure].filter((word) => word !== undefined).join(" "),
        );
    }, options);
  }
  return tabs;
}

/** The story so far, without timers, whose moments are the session's business. */
async function story(tab, last) {
  await tab.evaluate((last) => when(() => lines.some(({ what, generation }) => `${what} ${generation ?? ""}`.trim() === last)), last);
  return (await tab.evaluate(() => story())).filter((line) => !line.startsWith("timer-"));
}

test("the lines tell a refresh after a 401 from its cause to its end, and the other tab's part in it", async (t) => {
  const [first, second] = await openTabs(t, 2);
  assert.deepEqual(await story(first, "store-loaded"), ["asked start", "page", "store-loaded"]);
  await first.evaluate(() => session.signIn(demo));
  await first.evaluate(() => revoke(session));
  assert.deepEqual(await story(first, "event 1"), [
    "asked sign-in",
    "endpoint-sent",
    "endpoint-answered 200",
    "store-written 1",
    "hint-sent changed",
    "event signed-in 1",
  ]);
  assert.deepEqual((await story(second, "event 1")).slice(-3), ["hint-heard changed", "store-loaded 1", "event signed-in 1"]);
  await first.evaluate(() => session.fetch(`${api}/api/protected/`));
  assert.deepEqual(await story(first, "request 2"), [
    "request 1 401",
    "asked newer-token 1",
    "lock-asked",
    "lock-held",
    "store-loaded 1",
    "store-written 1 pending",
    "endpoint-sent",
    "endpoint-answered 200",
    "store-written 2",
    "hint-sent changed",
    "event refreshed 2",
    "lock-released",
    "request 2 200",
  ]);
  assert.deepEqual(await story(second, "event 2"), ["hint-heard changed", "store-loaded 2", "event refreshed 2"]);
  await second.evaluate(() => session.signOut());
  await second.evaluate(() => session.close());
  assert.deepEqual(await story(second, "closed"), [
    "asked sign-out",
    "event signed-out",
    "store-cleared",
    "hint-sent signed-out-elsewhere",
    "endpoint-sent",
    "endpoint-answered 200",
    "closed",
  ]);
});

test("a line says when, of which session, and what it took", async (t) => {
  const [tab] = await openTabs(t, 1);
  const before = Date.now();
  await tab.evaluate(() => session.signIn(demo));
  await tab.evaluate(() => session.fetch(`${api}/api/protected/?token=secret#part`, { method: "POST", body: "secret" }));
  await tab.evaluate(() => when(() => lines.some(({ what }) => what === "request")));
  const { line, sessionId } = await tab.evaluate(() => ({
    line: lines.find(({ what }) => what === "request"),
    sessionId: session.state.sessionId,
  }));
  const { at, duration, ...rest } = line;
  assert.ok(at >= before && at <= Date.now());
  assert.ok(Number.isInteger(duration) && duration >= 0);
  const url = `${world.api.origin}/api/protected/`;
  assert.deepEqual(rest, { what: "request", session: sessionId, method: "POST", url, generation: 1, status: 200 });
});

test("a tab that waits for the lock says so, and adopts what the other one has stored", async (t) => {
  const [first, second] = await openTabs(t, 2);
  await first.evaluate(() => session.signIn(demo));
  await second.evaluate(() => when(() => session.state.status === "signed-in"));
  await world.api.delayRefreshes(500);
  await first.evaluate(() => revoke(session));
  await first.evaluate(() => void session.fetch(`${api}/api/protected/`));
  await first.evaluate(() => when(() => lines.some(({ what, url }) => what === "endpoint-sent" && url.endsWith("/refresh/"))));
  await story(second, "event 1");
  await second.evaluate(() => session.fetch(`${api}/api/protected/`));
  const told = await story(second, "request 2");
  const steps = told.filter((line) => /^(request|lock-asked|endpoint|event)/.test(line));
  assert.deepEqual(steps, ["request 1 401", "lock-asked", "event refreshed 2", "request 2 200"]);
  assert.ok(told.includes("store-loaded 2"), told.join("; "));
});

test("failures are told with their reason: of the backend and the attempt, of the store, of a request", async (t) => {
  const page = await world.page(t);
  const told = await page.evaluate(async ({ first, second }) => {
    hurry();
    // Chromium itself sends a request again whose connection was cut.
    const lost = () => Promise.reject(new TypeError("lost"));
    const answers = [() => answered(503), lost, async () => Response.json(second)];
    watchFetch(({ url }) => (url.endsWith("/refresh/") ? answers.shift()() : lost()));
    const { debugLines } = await import("/pkg/debug.js");
    const lines = [];
    let stored;
    const store = {
      load: async () => stored,
      swap: async (_, next) => {
        if (next?.includes('"generation":2')) throw new DOMException("no room", "QuotaExceededError");
        stored = next;
        return true;
      },
    };
    const debug = debugLines((line) => lines.push(line));
    const session = await createSession({ backend: simpleJwt("/api/token/"), store, debug });
    await session.adopt({ access: "opaque", refresh: first.refresh, expiresIn: 0 });
    await session.fetch("/api/").catch(() => {});
    await when(() => lines.some(({ what }) => what === "request"));
    return lines.filter(({ what }) => /^(endpoint|store-failed|event|request)/.test(what));
  }, { first: tokenPair(), second: tokenPair() });
  const brief = told.map(({ what, attempt, status, failure, during, type, code }) =>
    [what, attempt, status, failure, during, type, code].filter((word) => word !== undefined).join(" "),
  );
  assert.deepEqual(brief, [
    "event signed-in",
    "endpoint-sent 1",
    "endpoint-answered 1 503",
    "event refresh-failed unavailable",
    "endpoint-sent 2",
    "endpoint-failed 2 lost",
    "endpoint-sent 3",
    "endpoint-answered 3 200",
    "store-failed full write",
    "event store-failed store-full",
    "event refreshed",
    "request TypeError",
  ]);
});

test("what fetch refuses to send, its caller alone is told", async (t) => {
  const page = await world.page(t);
  const { outcomes, unhandled } = await page.evaluate(async () => {
    const { debugLines } = await import("/pkg/debug.js");
    const session = await signedIn({ debug: debugLines(() => {}) });
    const unhandled = [];
    addEventListener("unhandledrejection", ({ reason }) => unhandled.push(reason.message));
    const url = `${api}/api/protected/`;
    const outcomes = [await outcome(session.fetch(url, { method: "NO METHOD" })), await outcome(session.fetch(url.replace("//", "//a:b@")))];
    // What is unhandled is told in its order.
    Promise.reject(new Error("the last one"));
    await when(() => unhandled.includes("the last one"));
    return { outcomes, unhandled };
  });
  assert.deepEqual(outcomes.map(({ error }) => error.name), ["TypeError", "TypeError"]);
  assert.deepEqual(unhandled, ["the last one"]);
});

test("a listener that throws, or that uses the session, hurts nobody", async (t) => {
  const page = await world.page(t);
  const status = await page.evaluate(async () => {
    const { debugLines } = await import("/pkg/debug.js");
    const debug = debugLines(({ what }) => {
      // In the middle of the refresh.
      if (what === "lock-held") session.fetch(`${api}/api/protected/`).then(() => session.state);
      throw new Error("the listener's own");
    });
    globalThis.session = await start({ debug });
    await session.signIn(demo);
    await revoke(session);
    return (await session.fetch(`${api}/api/protected/`)).status;
  });
  assert.equal(status, 200);
  assert.ok(page.output.some((line) => line.includes("the listener's own")), "its error is not hidden");
  assert.ok(!page.output.some((line) => line.includes("RuntimeError")));
});

test("without a listener the lines go to the console as text", async (t) => {
  const page = await world.page(t);
  await page.evaluate(async () => {
    const { debugLines } = await import("/pkg/debug.js");
    globalThis.session = await signedIn({ debug: debugLines() });
    await when(() => seen().length === 1);
  });
  const told = page.output.filter((line) => line.startsWith("evertoken "));
  assert.match(told[0], /^evertoken \d\d:\d\d:\d\d\.\d{3} asked for=start waits=true$/);
  assert.match(told.find((line) => line.includes(" event ")), /event session=[0-9a-f]{16} type=signed-in generation=1$/);
});

test("only a function can listen", async (t) => {
  const page = await world.page(t);
  const { error } = await page.evaluate(async () => {
    const { debugLines } = await import("/pkg/debug.js");
    return outcome((async () => debugLines("console"))());
  });
  assert.equal(error.code, "invalid-option");
});

/** The values of a JSON body, and what goes out in the header and in queries. */
function secretsOf({ headers, url, body }) {
  const values = body?.startsWith("{") ? Object.values(JSON.parse(body)) : [body];
  const queries = [...new URL(url).searchParams.values()];
  return [...values, ...queries, headers.authorization?.split(" ")[1]];
}

/** Gathers what a server is given and hands out; `lose` has the answer of the next refresh lost. */
async function gatherSecrets(context) {
  const secrets = new Set();
  const gather = (message) => secretsOf(message).forEach((secret) => typeof secret === "string" && secrets.add(secret));
  const gathered = { secrets, lose: false };
  await context.route(/\/api\//, async (route) => {
    const [request, response] = [route.request(), await route.fetch()];
    gather({ headers: request.headers(), url: request.url(), body: request.postData() });
    gather({ headers: {}, url: request.url(), body: await response.text() });
    if (!gathered.lose || !request.url().endsWith("/refresh/")) return route.fulfill({ response });
    gathered.lose = false;
    return route.abort();
  });
  return gathered;
}

/** Fails if any of the secrets, whole or one of its three parts, is in what was said. */
function assertNoSecret(said, secrets) {
  const parts = [...secrets].flatMap((secret) => [secret, ...secret.split(".").slice(1)]);
  for (const part of parts) assert.ok(!said.includes(part), `${part} is in the lines`);
}

test("S4: a whole life in two tabs leaves no secret in the lines, nor on the console", async (t) => {
  const [first, second] = await openTabs(t, 2);
  const gathered = await gatherSecrets(first.context());
  await second.evaluate(async () => {
    const { debugLines } = await import("/pkg/debug.js");
    globalThis.spoken = await start({ store: "indexeddb", debug: debugLines() });
  });
  const ask = (tab) => tab.evaluate(async () => (await session.fetch(`${api}/api/protected/?code=in-the-query`)).status);
  await first.evaluate(() => outcome(session.signIn({ username: "demo", password: "a wrong password" })));
  await first.evaluate(() => session.signIn(demo));
  await second.evaluate(() => when(() => session.state.status === "signed-in"));
  await first.evaluate(() => revoke(session));
  assert.deepEqual(await Promise.all([ask(first), ask(second)]), [200, 200]);
  // The second refresh's answer is lost. The server has rotated: the second try is refused, and the session is over.
  gathered.lose = true;
  await first.evaluate(() => revoke(session));
  assert.equal(await ask(second), 401);
  await second.evaluate(() => session.signIn(demo));
  await first.evaluate(() => when(() => session.state.status === "signed-in"));
  await first.evaluate(() => session.signOut());
  await second.evaluate(() => when(() => session.state.status === "signed-out"));
  const lines = await Promise.all([first, second].map((tab) => tab.evaluate(() => JSON.stringify(lines))));
  const said = [...lines, ...first.output, ...second.output].join("\n");
  for (const step of ["store-written", "endpoint-failed", "request", "interrupted", "store-cleared"]) assert.ok(said.includes(step), step);
  // Two sign-ins and two rotations of a pair, two passwords, and the query.
  assert.ok(gathered.secrets.size >= 11, `${gathered.secrets.size} secrets`);
  gathered.secrets.delete("demo");
  assertNoSecret(said, gathered.secrets);
  assert.ok(!/[:=]"?demo\b/.test(said), "the password");
});

test("S4: tokens in queries, and in URLs with a password, are left out", async (t) => {
  const pair = tokenPair();
  const server = await world.server({ "/renew": (_, response) => sendJson(response, 200, pair) });
  const page = await world.page(t);
  const lines = await page.evaluate(async ({ origin, tokens }) => {
    const { debugLines } = await import("/pkg/debug.js");
    const lines = [];
    const session = await createSession({
      backend: customBackend({
        url: origin,
        refresh: { method: "GET", path: "renew?token={refresh}" },
        answer: { access: "access", refresh: "refresh" },
      }),
      store: "memory",
      placement: { query: "token" },
      debug: debugLines((line) => lines.push(line)),
    });
    await session.adopt({ ...tokens, access: "opaque-token", expiresIn: 0 });
    await session.fetch(`${origin}/things?of=mine`);
    await session.fetch(new Request(`${origin}/things`, { method: "POST", body: "a" }));
    return lines;
  }, { origin: server.origin, tokens: tokenPair() });
  assert.ok(server.text().includes(pair.access), "the token was in the query");
  const urls = lines.filter(({ url }) => url).map(({ what, method, url }) => `${what} ${method} ${url}`);
  assert.deepEqual(urls, [
    `endpoint-sent GET ${server.origin}/renew`,
    `endpoint-answered GET ${server.origin}/renew`,
    `request GET ${server.origin}/things`,
    `request POST ${server.origin}/things`,
  ]);
  assertNoSecret(JSON.stringify(lines), [pair.access, pair.refresh, "opaque-token", "mine"]);
});

test("S4: of what somebody else has put into the store or the channel nothing is told", async (t) => {
  const [tab] = await openTabs(t, 1);
  await tab.evaluate(() => putStored('{"session":"secret","generation":"secret"}'));
  await tab.evaluate(() => new BroadcastChannel("evertoken:default").postMessage("secret"));
  await tab.evaluate(() => when(() => lines.some(({ unreadable }) => unreadable)));
  const told = await tab.evaluate(() => JSON.stringify(lines));
  assert.ok(told.includes('"hint":"unknown"'), told);
  assert.ok(!told.includes("secret"), told);
});
