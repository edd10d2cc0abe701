// Q5, R6: `session.fetch` answers, fails and is aborted as `fetch` is.
import assert from "node:assert/strict";
import test from "node:test";
import { forEachFace, openWorld } from "./harness.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });
const REFRESH_MS = 600;

const reason = { name: "Error", message: "the caller has changed its mind" };

/** Aborts a request in the page at the moment that `when` names, and looks at the session after that. */
async function abortAt(t, face, moment, expire) {
  const page = await world.page(t, face);
  await world.api.reset();
  await world.api.delayRefreshes(REFRESH_MS);
  return page.evaluate(
    async ({ moment, expire, message }) => {
      const session = expire ? await expired() : await signedIn();
      if (!expire) await revoke(session);
      const sent = await watchSession(session);
      const isAtMoment = {
        before: () => true,
        waiting: () => sent.some(({ url }) => url.endsWith("/refresh/")),
        resending: () => sent.filter(({ url }) => url.endsWith("/slow/")).length === 2,
      }[moment];
      const controller = new AbortController();
      const abort = () => when(isAtMoment).then(() => controller.abort(new Error(message)));
      if (moment === "before") await abort();
      const answer = outcome(session.fetch(`${api}/api/slow/`, { signal: controller.signal }));
      if (moment !== "before") await abort();
      const begun = performance.now();
      const { error } = await answer;
      const took = performance.now() - begun;
      const later = await outcome(session.fetch(`${api}/api/protected/`));
      return { error, took, later: later.value, attempts: sent.length, events: seen().map(({ type }) => type) };
    },
    { moment, expire, message: reason.message },
  );
}

function assertReason({ error, took }) {
  assert.equal(error.name, reason.name);
  assert.equal(error.message, reason.message);
  assert.ok(took < REFRESH_MS / 2, `at once, not after ${took} ms`);
}

forEachFace("Q5: aborted before it is called, it sends nothing and rejects with the caller's reason", async (t, face) => {
  const result = await abortAt(t, face, "before", true);
  assertReason(result);
  assert.equal(result.later, 200);
});

for (const [what, expire] of Object.entries({ "an expired token": true, "a 401": false })) {
  forEachFace(`Q5, R6: aborted while it waits for the refresh after ${what}, it rejects at once and the refresh goes on`, async (t, face) => {
    const result = await abortAt(t, face, "waiting", expire);
    assertReason(result);
    assert.equal(result.later, 200);
    assert.deepEqual(result.events, ["signed-in", "refreshed"]);
    assert.equal((await world.api.stats()).refreshes, 1);
  });
}

forEachFace("Q5, R6: aborted while it is sent again, it rejects with the caller's reason and the session goes on", async (t, face) => {
  const result = await abortAt(t, face, "resending", false);
  assertReason(result);
  assert.equal(result.later, 200);
  assert.equal((await world.api.stats()).refreshes, 1);
});

forEachFace("Q5: a Request's own signal and AbortSignal.timeout abort it", async (t, face) => {
  const page = await world.page(t, face);
  await world.api.reset();
  await world.api.delayRefreshes(REFRESH_MS);
  const results = await page.evaluate(async () => {
    const session = await expired();
    const controller = new AbortController();
    const own = outcome(session.fetch(new Request(`${api}/api/protected/`, { signal: controller.signal })));
    const late = outcome(session.fetch(`${api}/api/protected/`, { signal: AbortSignal.timeout(50) }));
    controller.abort();
    return Promise.all([own, late]);
  });
  assert.deepEqual(
    results.map(({ error }) => error.name),
    ["AbortError", "TimeoutError"],
  );
});

forEachFace("Q5: the body of an answer is aborted as with fetch", async (t, face) => {
  const page = await world.page(t, face);
  const { error } = await page.evaluate(async () => {
    const session = await signedIn();
    const controller = new AbortController();
    const response = await session.fetch(`${api}/api/protected/`, { signal: controller.signal });
    controller.abort();
    return outcome(response.text());
  });
  assert.equal(error.name, "AbortError");
});

forEachFace("Q5: a network error is fetch's own TypeError, and no refresh follows", async (t, face) => {
  const page = await world.page(t, face);
  await world.api.reset();
  const [ours, plain] = await page.evaluate(async () => {
    const session = await signedIn({ origins: [api, "http://127.0.0.1:9"] });
    const nobody = "http://127.0.0.1:9/";
    return [await outcome(session.fetch(nobody)), await outcome(fetch(nobody))];
  });
  assert.equal(ours.error.name, "TypeError");
  assert.equal(ours.error.message, plain.error.message);
  assert.equal((await world.api.stats()).refreshes, 0);
});

forEachFace("Q5: what fetch refuses is refused in its words, as a rejection", async (t, face) => {
  const page = await world.page(t, face);
  const results = await page.evaluate(async () => {
    const session = await signedIn();
    const url = `${api}/api/echo/`;
    const calls = {
      "not a URL": (fetch) => fetch("http://"),
      "a symbol": (fetch) => fetch(Symbol("no URL")),
      "a forbidden method": (fetch) => fetch(url, { method: "CONNECT" }),
      "a GET with a body": (fetch) => fetch(url, { method: "GET", body: "a body" }),
      "headers that are none": (fetch) => fetch(url, { headers: { "no header": "x" } }),
      "a signal that is none": (fetch) => fetch(url, { signal: "no signal" }),
      "an init that is none": (fetch) => fetch(url, "no init"),
      "credentials in the URL": (fetch) => fetch(url.replace("//", "//user:password@")),
    };
    const name = async (call, fetch) => (await outcome(call(fetch))).error?.name ?? "none";
    const both = async ([what, call]) => [what, await name(call, session.fetch), await name(call, fetch)];
    return Promise.all(Object.entries(calls).map(both));
  });
  for (const [what, ours, plain] of results) assert.equal(ours, plain, what);
});

forEachFace("Q5: `this` does not matter, and the answer is a real Response", async (t, face) => {
  const page = await world.page(t, face);
  const result = await page.evaluate(async () => {
    const { fetch } = await signedIn();
    const response = await fetch.call("anything", `${api}/api/protected/`);
    const promise = fetch(`${api}/api/protected/`);
    return {
      isResponse: response instanceof Response,
      isPromise: promise instanceof Promise,
      url: response.url.endsWith("/api/protected/"),
      type: response.type,
      user: (await response.json()).user,
      used: response.bodyUsed,
    };
  });
  assert.deepEqual(result, { isResponse: true, isPromise: true, url: true, type: "cors", user: "demo", used: true });
});

forEachFace("Q5: a Request is used up by the call as fetch uses it up", async (t, face) => {
  const page = await world.page(t, face);
  const { used, again } = await page.evaluate(async () => {
    const session = await signedIn();
    const request = new Request(`${api}/api/echo/`, { method: "POST", body: "once" });
    await session.fetch(request);
    return { used: request.bodyUsed, again: await outcome(session.fetch(request)) };
  });
  assert.equal(used, true);
  assert.equal(again.error.name, "TypeError");
});

forEachFace("Q5: a Request that has to wait is used up at the call, and what changes later is not sent", async (t, face) => {
  const page = await world.page(t, face);
  const { used, echo } = await page.evaluate(async () => {
    const session = await expired();
    const request = new Request(`${api}/api/echo/`, { method: "POST", headers: { "content-type": "text/own" }, body: "once" });
    const answer = session.fetch(request);
    const used = request.bodyUsed;
    request.headers.set("content-type", "text/changed");
    return { used, echo: await (await answer).json() };
  });
  assert.equal(used, true);
  assert.equal(echo.body, "once");
  assert.equal(echo.content_type, "text/own");
});

test("Q5: a Request keeps its settings", async (t) => {
  const page = await world.page(t);
  const settings = await page.evaluate(async () => {
    const session = await signedIn();
    const asked = unusualSettings;
    let sent;
    globalThis.fetch = async (input, init) => {
      sent = new Request(input, init);
      return answered(200);
    };
    const settings = [];
    for (const init of [asked, { ...asked, body: "text" }, { referrer: "" }, {}]) {
      const request = new Request(`${api}/api/protected/`, init);
      await session.fetch(request);
      settings.push(...Object.keys(asked).map((name) => [name, request[name], sent[name]]));
    }
    return settings;
  });
  for (const [name, asked, sent] of settings) assert.equal(sent, asked, name);
});

test("Q5: a Request is sent again as it was at the call, and the token is not put into it", async (t) => {
  const page = await world.page(t);
  const { sent, has } = await page.evaluate(async () => {
    const session = await signedIn();
    await revoke(session);
    const sent = [];
    const network = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      const { headers, url } = new Request(input, init);
      if (url.endsWith("/protected/")) sent.push([headers.get("accept"), headers.get("authorization")]);
      return network(input, init);
    };
    const request = new Request(`${api}/api/protected/`, { headers: { accept: "application/json" } });
    const answer = session.fetch(request);
    request.headers.set("accept", "text/html");
    await answer;
    return { sent, has: request.headers.has("authorization") };
  });
  assert.deepEqual(
    sent.map(([accept]) => accept),
    ["application/json", "application/json"],
  );
  assert.notEqual(sent[0][1], sent[1][1]);
  assert.equal(has, false);
});
