// Q3, Q5: servers that refuse a token in another way than by 401. Whatever is read of an answer, its caller gets it whole.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { sendJson, tokenPair } from "./servers.mjs";

const world = await openWorld({ django: false });
const tokens = tokenPair();

/** Refuses the first token like this. */
const atFirst = (status, body) => (request, response) =>
  request.headers.authorization === `Bearer ${tokens.access}` ? sendJson(response, status, body) : sendJson(response, 200, { ok: true });

/** Begins a body and does not end it. */
const endless = (type, beginning) => (_, response) => response.writeHead(403, { "content-type": type }).write(beginning);

const api = await world.server({
  "/api/token/refresh/": (_, response) => sendJson(response, 200, tokenPair()),
  "/django/": atFirst(403, { detail: "Given token not valid for any token type", code: "token_not_valid" }),
  "/flask/": atFirst(422, { msg: "Signature verification failed" }),
  "/envelope/": atFirst(200, { result: { code: 1003 } }),
  "/laravel/": atFirst(419, {}),
  "/forbidden/": atFirst(403, { code: "permission_denied" }),
  "/large/": (_, response) => {
    response.writeHead(403, { "content-type": "application/json" });
    response.write(" ".repeat(70_000));
    response.end(JSON.stringify({ code: "token_not_valid" }));
  },
  "/endless/": endless("application/json", "[1,"),
  "/lines/": endless("application/x-ndjson", "{}\n"),
  "/login/": (_, response) => {
    const challenge = 'Bearer error="insufficient_user_authentication", max_age="60"';
    response.writeHead(401, { "www-authenticate": challenge, "access-control-expose-headers": "www-authenticate" }).end();
  },
});

beforeEach(() => api.forget());

/** Runs `use(session, api)` in a page; `rules` is the source of `refreshOn`. Returns what came of it, and what was sent. */
async function run(t, rules, use) {
  const page = await world.page(t);
  const result = await page.evaluate(
    async ({ origin, tokens, rules, use }) => {
      const refreshOn = eval(rules);
      const session = await start({ backend: simpleJwt(`${origin}/api/token/`), refreshOn });
      await session.adopt(tokens);
      return eval(use)(session, origin);
    },
    { origin: api.origin, tokens, rules, use: String(use) },
  );
  return { result, sent: api.requests().map(({ pathname }) => pathname) };
}

const RULES = {
  "/django/": '[401, refusal({ status: 403, at: "code", is: "token_not_valid" })]',
  "/flask/": '[refusal({ status: 422, at: "msg", is: ["Signature verification failed", "Not enough segments"] })]',
  "/envelope/": '[refusal({ status: 200, at: "result.code", is: 1003 })]',
  "/laravel/": "[419]",
};

for (const [path, rules] of Object.entries(RULES)) {
  test(`Q3: ${rules} refreshes and sends again`, async (t) => {
    const { result, sent } = await run(
      t,
      rules,
      `async (session, api) => (await session.fetch(api + "${path}")).json()`,
    );
    assert.deepEqual(result, { ok: true });
    assert.deepEqual(sent, [path, "/api/token/refresh/", path]);
  });
}

test("Q3: an answer that says something else is the caller's, and whole", async (t) => {
  const { result, sent } = await run(t, RULES["/django/"], async (session, api) => {
    const response = await session.fetch(`${api}/forbidden/`);
    const { status, bodyUsed, url } = response;
    return { status, bodyUsed, same: url === `${api}/forbidden/`, body: await response.json() };
  });
  assert.deepEqual(result, { status: 403, bodyUsed: false, same: true, body: { code: "permission_denied" } });
  assert.deepEqual(sent, ["/forbidden/"]);
});

test("Q3: the body is not looked at where no rule is about the status or the body is no JSON", async (t) => {
  const { result, sent } = await run(t, RULES["/django/"], async (session, api) => {
    Response.prototype.clone = () => {
      throw new Error("a copy is made");
    };
    const statuses = [];
    for (const path of ["/flask/", "/lines/"]) statuses.push((await session.fetch(api + path)).status);
    return statuses;
  });
  assert.deepEqual(result, [422, 403]);
  assert.deepEqual(sent, ["/flask/", "/lines/"]);
});

test("Q5: a large answer is the caller's, and whole", async (t) => {
  const { result, sent } = await run(t, RULES["/django/"], async (session, api) =>
    (await (await session.fetch(`${api}/large/`)).text()).length,
  );
  assert.equal(result, 70_000 + JSON.stringify({ code: "token_not_valid" }).length);
  assert.deepEqual(sent, ["/large/"]);
});

test("Q5: an answer without end reaches its caller", async (t) => {
  const { result } = await run(t, RULES["/django/"], async (session, api) => {
    hurry();
    const { body } = await session.fetch(`${api}/endless/`);
    return new TextDecoder().decode((await body.getReader().read()).value);
  });
  assert.equal(result, "[1,");
});

test("Q5: an abort while the body is looked at aborts the body", async (t) => {
  const { result } = await run(t, RULES["/django/"], async (session, api) => {
    const { clone } = Response.prototype;
    const controller = new AbortController();
    Response.prototype.clone = function () {
      queueMicrotask(() => controller.abort());
      return clone.call(this);
    };
    const response = await session.fetch(`${api}/endless/`, { signal: controller.signal });
    return (await outcome(response.text())).error.name;
  });
  assert.equal(result, "AbortError");
});

test("Q3: a login that is too old is cured by no refresh", async (t) => {
  const { sent } = await run(t, "[401]", async (session, api) => (await session.fetch(`${api}/login/`)).status);
  assert.deepEqual(sent, ["/login/"]);
});

test("Q3: a backend brings its rules, and the option has the last word", async (t) => {
  const page = await world.page(t);
  await page.evaluate(
    async ({ origin, tokens }) => {
      const backend = { ...simpleJwt(`${origin}/api/token/`), refreshOn: [419] };
      for (const refreshOn of [[401], undefined]) {
        const session = await start({ backend, refreshOn });
        await session.adopt(tokens);
        await session.fetch(`${origin}/laravel/`);
      }
    },
    { origin: api.origin, tokens },
  );
  const sent = api.requests().map(({ pathname }) => pathname);
  assert.deepEqual(sent, ["/laravel/", "/laravel/", "/api/token/refresh/", "/laravel/"]);
});

test("Q3: a rule that makes no sense is refused by name", async (t) => {
  const page = await world.page(t);
  const errors = await page.evaluate(() =>
    [
      { at: "code", is: 1 },
      { status: 99, at: "code", is: 1 },
      { status: 403, is: 1 },
      { status: 403, at: "", is: 1 },
      { status: 403, at: "code" },
      { status: 403, at: "code", is: [] },
      { status: 403, at: "code", is: [{}] },
      { status: 403, at: "code", is: 1, code: 1 },
    ].map((rule) => {
      try {
        return refusal(rule);
      } catch (error) {
        return [error.code, error.message.match(/"(.*?)"/)[1]];
      }
    }),
  );
  const names = ["status", "status", "at", "at", "is", "is", "is", "code"];
  assert.deepEqual(errors, names.map((name) => ["invalid-option", name]));
});
