// Q1, Q2, Q3, Q6: where the token goes, and what an answer of 401 or 403 leads to.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { sendJson } from "./servers.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(async () => {
  world.recorder.forget();
  await world.api.reset();
});

/** A JWT begins with an encoded brace, wherever it is put. */
function assertNoToken() {
  assert.doesNotMatch(world.recorder.text(), /eyJ|authorization/i);
}

test("Q1: another origin gets no token, whatever the form of the request", async (t) => {
  const page = await world.page(t);
  const statuses = await page.evaluate(async () => {
    const session = await signedIn();
    const forms = [recorder, new URL(recorder), new Request(recorder), { toString: () => recorder }];
    return Promise.all(forms.map(async (form) => (await session.fetch(form)).status));
  });
  assert.deepEqual(statuses, [200, 200, 200, 200]);
  assert.equal(world.recorder.requests().length, 4);
  assertNoToken();
});

test("Q1: a cross-origin redirect takes no token along", async (t) => {
  const page = await world.page(t);
  const result = await page.evaluate(async () => {
    const session = await signedIn();
    const response = await session.fetch(`${api}/api/redirect/?to=${recorder}/landed`);
    return { status: response.status, redirected: response.redirected };
  });
  assert.deepEqual(result, { status: 200, redirected: true });
  assert.equal(world.recorder.requests()[0].pathname, "/landed");
  assertNoToken();
});

for (const [what, named] of Object.entries({ "the origin": false, "a named origin": true })) {
  test(`Q1, Q3: a 401 of ${what} that a redirect led to is the answer: it has seen no token`, async (t) => {
    const page = await world.page(t);
    world.recorder.answers["/refused"] = (_, response) => sendJson(response, 401, {});
    const status = await page.evaluate(async (named) => {
      const session = await signedIn({ origins: named ? [api, recorder] : [api] });
      return (await session.fetch(`${api}/api/redirect/?to=${recorder}/refused`)).status;
    }, named);
    assert.equal(status, 401);
    assert.equal(world.recorder.requests().length, 1);
    assert.equal((await world.api.stats()).refreshes, 0);
    assertNoToken();
  });
}

test("Q3: a 401 after a redirect within the origin is tried once more", async (t) => {
  const page = await world.page(t);
  const statuses = await page.evaluate(async () => {
    const session = await signedIn();
    const url = `${api}/api/redirect/?to=/api/protected/`;
    const statuses = [];
    for (const input of [url, new Request(url)]) {
      await revoke(session);
      statuses.push((await session.fetch(input)).status);
    }
    return statuses;
  });
  assert.deepEqual(statuses, [200, 200]);
});

test("Q1: a redirect within the origin keeps the token", async (t) => {
  const page = await world.page(t);
  const body = await page.evaluate(async () => {
    const session = await signedIn();
    const response = await session.fetch(`${api}/api/redirect/?to=/api/protected/`);
    return response.json();
  });
  assert.equal(body.user, "demo");
});

test("Q1: look-alikes of a named origin get no token", async (t) => {
  const page = await world.page(t);
  const authorizations = await page.evaluate(async () => {
    const backend = simpleJwt(`${api}/api/token/`);
    const origins = [api, "https://api.example.com"];
    const session = await signedIn({ backend, origins });
    const sent = watchFetch(() => answered(200));
    const urls = [
      "https://api.example.com/",
      "HTTPS://API.EXAMPLE.COM:443/a",
      "https://api.example.com\t/b",
      "http://api.example.com/",
      "https://api.example.com:8443/",
      "https://api.example.com.evil.example/",
      "https://evil.example/https://api.example.com/",
      "https://api.example.com@evil.example/",
      "https://api.example.com%2f@evil.example/",
      "https://evil.example\\@api.example.com/",
      "https://evil.example#https://api.example.com/",
      "https://api.example.com./",
      "https://xapi.example.com/",
      "//evil.example/",
      "\\\\evil.example\\",
      "data:,https://api.example.com",
      "blob:https://api.example.com/5b1e9b57-6d8e-4b77-a2f3-1d9df4c4a1fa",
    ];
    const authorization = async (url) => {
      await session.fetch(url).catch(() => {});
      return [url, (sent.pop()?.authorization ?? null) !== null];
    };
    const results = [];
    for (const url of urls) results.push(await authorization(url));
    return results;
  });
  const given = authorizations.filter(([, hasToken]) => hasToken).map(([url]) => url);
  assert.deepEqual(given, authorizations.slice(0, 3).map(([url]) => url));
});

test("Q2: a caller's own Authorization is left alone and not tried again", async (t) => {
  const page = await world.page(t);
  const results = await page.evaluate(async () => {
    const session = await signedIn();
    const url = `${api}/api/protected/`;
    const own = { Authorization: "Bearer own" };
    const forms = [
      [url, { headers: own }],
      [url, { headers: Object.entries(own) }],
      [url, { headers: new Headers(own) }],
      [new Request(url, { headers: own })],
      [new Request(url), { headers: own }],
    ];
    const sent = watchFetch();
    for (const form of forms) await session.fetch(...form);
    return sent.map(({ authorization }) => authorization);
  });
  assert.deepEqual(results, Array(5).fill("Bearer own"));
  assert.equal((await world.api.stats()).refreshes, 0);
});

test("Q3: a 401 is tried once more with a newer token", async (t) => {
  const page = await world.page(t);
  const status = await page.evaluate(async () => {
    const session = await signedIn();
    await revoke(session);
    return (await session.fetch(`${api}/api/protected/`)).status;
  });
  assert.equal(status, 200);
  const { protected_401, refreshes } = await world.api.stats();
  assert.deepEqual({ protected_401, refreshes }, { protected_401: 1, refreshes: 1 });
});

test("Q3: a late 401 of an older token is sent again with the present one, without a refresh", async (t) => {
  const page = await world.page(t);
  const { status, attempts } = await page.evaluate(async () => {
    const session = await signedIn();
    const old = await session.accessToken();
    const held = Promise.withResolvers();
    const sent = watchFetch(({ url, authorization }) =>
      url.endsWith("/late/") ? (authorization === `Bearer ${old}` ? held.promise : answered(200)) : undefined,
    );
    const late = session.fetch(`${api}/late/`);
    await revoke(session);
    await session.fetch(`${api}/api/protected/`);
    held.resolve(new Response(null, { status: 401 }));
    return { status: (await late).status, attempts: sent.filter(({ url }) => url.endsWith("/late/")).length };
  });
  assert.deepEqual({ status, attempts }, { status: 200, attempts: 2 });
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("Q3: a second 401 is the caller's answer", async (t) => {
  const page = await world.page(t);
  const { status, body, attempts } = await page.evaluate(async () => {
    const session = await signedIn();
    const sent = watchFetch();
    const response = await session.fetch(`${api}/api/status/401/`);
    const attempts = sent.filter(({ url }) => url.endsWith("/401/")).length;
    return { status: response.status, body: await response.json(), attempts };
  });
  assert.equal(status, 401);
  assert.match(body.detail, /always answers 401/);
  assert.equal(attempts, 2);
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("Q3: a 401 whose refresh fails is the caller's answer, with its body", async (t) => {
  const page = await world.page(t);
  const { status, body } = await page.evaluate(async () => {
    const session = await signedIn();
    await revoke(session);
    watchFetch(({ url }) => (url.endsWith("/refresh/") ? answered(503) : undefined));
    const response = await session.fetch(`${api}/api/protected/`);
    return { status: response.status, body: await response.json() };
  });
  assert.equal(status, 401);
  assert.equal(body.code, "token_not_valid");
});

test("Q3: a 401 for a lack of scope is not tried again", async (t) => {
  const page = await world.page(t);
  const attempts = await page.evaluate(async () => {
    const session = await signedIn();
    const headers = { "www-authenticate": 'Bearer error="insufficient_scope"' };
    const sent = watchFetch(() => Promise.resolve(new Response(null, { status: 401, headers })));
    await session.fetch(`${api}/api/protected/`);
    return sent.length;
  });
  assert.equal(attempts, 1);
});

test("Q3: a 403 is tried again where that is configured", async (t) => {
  const page = await world.page(t);
  const attempts = await page.evaluate(async () => {
    const attempts = [];
    for (const refreshOn of [undefined, [401, 403]]) {
      const session = await signedIn({ refreshOn });
      const sent = watchFetch();
      await session.fetch(`${api}/api/status/403/`);
      attempts.push(sent.filter(({ url }) => url.endsWith("/403/")).length);
    }
    return attempts;
  });
  assert.deepEqual(attempts, [1, 2]);
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("signed out, requests pass through untouched", async (t) => {
  const page = await world.page(t);
  const { status, sent } = await page.evaluate(async () => {
    const session = await start();
    const sent = watchFetch();
    return { status: (await session.fetch(`${api}/api/protected/`)).status, sent };
  });
  assert.equal(status, 401);
  assert.deepEqual(
    sent.map(({ authorization }) => authorization),
    [null],
  );
});
