// Backends by description and by functions.
import assert from "node:assert/strict";
import test from "node:test";
import { openWorld } from "./harness.mjs";
import { sendJson } from "./servers.mjs";

const world = await openWorld({ django: false });

/** A page with `use(description)`, a session in memory of that backend. */
async function open(t, answers) {
  const server = await world.server(answers);
  const page = await world.page(t);
  await page.evaluate((origin) => {
    globalThis.server = origin;
    globalThis.use = (description, options) => {
      const backend = evertoken.customBackend({ url: `${server}/auth/`, ...description });
      return evertoken.createSession({ backend, store: "memory", ...options });
    };
    /** How the refresh of an expired token ends: the code of its error, or the reason why the session is over. */
    globalThis.refreshed = async (session) => {
      await session.adopt({ access: "old", refresh: "r-1", expiresIn: 0 });
      const ended = new Promise((resolve) => {
        session.on("refreshed", () => resolve({}));
        session.on("refresh-failed", ({ error }) => resolve({ error: describe(error) }));
        session.on("signed-out", ({ reason }) => reason !== "replaced" && resolve({ reason }));
      });
      session.accessToken().catch(() => {});
      return ended;
    };
  }, server.origin);
  return { server, page };
}

test("an envelope, paths and placeholders are read and written as described", async (t) => {
  const envelope = (data) => (_, response) => sendJson(response, 200, { code: 0, data });
  const { server, page } = await open(t, {
    "/auth/login": envelope({ token: "a-1", next: { refresh: 'r"1' } }),
    "/auth/refresh": envelope({ token: "a-2", next: { refresh: "r-2" } }),
    "/auth/logout": (_, response) => response.writeHead(204).end(),
  });
  const revocation = await page.evaluate(async () => {
    const session = await use({
      answer: { access: "data.token", refresh: "data.next.refresh", success: { at: "code", is: 0 } },
      signIn: { path: "login", form: "{credentials}&client=web" },
      refresh: { method: "PUT", path: "refresh?v=1&a={access}", json: { refreshToken: "{refresh}" } },
      signOut: { method: "DELETE", path: "logout", headers: { authorization: "Bearer {access}" } },
    });
    await session.signIn({ username: "d&d", remember: true });
    await session.adopt({ access: "old", refresh: 'r"1', expiresIn: 0 });
    await session.fetch(`${server}/here`);
    return (await session.signOut()).revocation;
  });
  const [login, refresh, here, logout] = server.requests().filter(({ pathname }, at, all) => all.findIndex((other) => other.pathname === pathname) === at);
  assert.deepEqual([login.body, login.headers["content-type"]], ["username=d%26d&remember=true&client=web", "application/x-www-form-urlencoded"]);
  assert.deepEqual([refresh.method, refresh.url, refresh.body], ["PUT", "/auth/refresh?v=1&a=old", '{"refreshToken":"r\\"1"}']);
  assert.equal(here.headers.authorization, "Bearer a-2");
  assert.deepEqual([logout.method, logout.headers.authorization, revocation], ["DELETE", "Bearer a-2", "done"]);
});

test("R7: an envelope that says failure ends a session only where the description says so", async (t) => {
  let answer = { code: 7 };
  const { page } = await open(t, { "/auth/refresh": (_, response) => sendJson(response, 200, answer) });
  const refreshing = () => page.evaluate(async () => {
    const session = await use({
      answer: { access: "data", refresh: "data", success: { at: "code", is: [0] } },
      refresh: { path: "refresh", json: { token: "{refresh}" }, answer: { rejected: [{ status: 200, at: "code", is: [1003] }] } },
    });
    return [(await refreshed(session)), session.state.status];
  });
  const [{ error }, status] = await refreshing();
  assert.deepEqual([error.code, status], ["unavailable", "signed-in"]);
  answer = { code: 1003 };
  assert.deepEqual(await refreshing(), [{ reason: "rejected" }, "signed-out"]);
});

test("functions run errands of their own", async (t) => {
  const { server, page } = await open(t, {
    "/auth/tokens": (request, response) => sendJson(response, 200, { wrapped: JSON.parse(request.body) }),
  });
  const outcomes = await page.evaluate(async () => {
    const answers = [{ access: "a-2", refresh: "r-2", expiresIn: 60 }, "unavailable", "misconfigured", "rejected"];
    const asked = [];
    const session = await use({
      signIn: async (credentials, send) => {
        const response = await send("tokens", { method: "POST", body: JSON.stringify(credentials), headers: { "x-kind": "own" } });
        const { wrapped } = await response.json();
        return { access: wrapped.user, refresh: "r-1", expiresIn: 3600 };
      },
      refresh: async (tokens) => {
        asked.push(tokens);
        return answers.shift();
      },
      signOut: async (tokens) => void asked.push(tokens),
    });
    const codes = [];
    await session.signIn({ user: "a-1" });
    const first = await session.accessToken();
    for (let turn = 0; turn < 4; turn++) {
      const { error, reason } = await refreshed(session);
      codes.push(error?.code ?? reason);
    }
    await session.signIn({ user: "a-9" });
    const { revocation } = await session.signOut();
    return { first, codes, asked: [asked[0], asked.at(-1)], revocation };
  });
  assert.equal(server.requests()[0].headers["x-kind"], "own");
  assert.deepEqual(outcomes, {
    first: "a-1",
    codes: [undefined, "unavailable", "misconfigured", "rejected"],
    asked: [{ access: "old", refresh: "r-1" }, { access: "a-9", refresh: "r-1" }],
    revocation: "done",
  });
});

test("R5: what a function throws is a connection that was lost, and once more is tried at once", async (t) => {
  const { page } = await open(t);
  const asked = await page.evaluate(async () => {
    const asked = [];
    const session = await use({
      refresh: async ({ refresh }) => {
        asked.push(refresh);
        if (asked.length === 1) throw new TypeError("Failed to fetch");
        return { access: "a-2", refresh: "r-2", expiresIn: 60 };
      },
    });
    await refreshed(session);
    return [...asked, await session.accessToken()];
  });
  assert.deepEqual(asked, ["r-1", "r-1", "a-2"]);
});

test("rules that are undefined are absent", async (t) => {
  const { page } = await open(t, { "/auth/refresh": (_, response) => sendJson(response, 200, { access: "a-2" }) });
  const { value } = await page.evaluate(async () => {
    const answer = { access: "access", rejected: undefined, transient: undefined };
    const session = await use({ answer, refresh: { path: "refresh", json: { token: "{refresh}" }, answer: { invalidClient: undefined } } });
    await refreshed(session);
    return outcome(session.accessToken());
  });
  assert.equal(value, "a-2");
});

test("S4: an answer that does not fit is shown without what it says", async (t) => {
  const secret = "eyJ-very-secret";
  const answer = { data: { accessToken: secret, user: { id: 7, names: ["Eve", "E"] }, none: null } };
  const { page } = await open(t, { "/auth/refresh": (_, response) => sendJson(response, 200, answer) });
  const { error } = await page.evaluate(async () => {
    const session = await use({ answer: { access: "data.token" }, refresh: { path: "refresh", json: { token: "{refresh}" } } });
    return refreshed(session);
  });
  assert.equal(error.code, "misconfigured");
  const shape = '{"data":{"accessToken":"[string]","user":{"id":"[number]","names":["[string]"]},"none":null}}';
  assert.equal(error.cause.message, `The access token is expected at "data.token"; the last answer was HTTP 200, ${shape}.`);
  assert.ok(!JSON.stringify(error).includes(secret));
});

test("a description that makes no sense is refused by the member that makes none", async (t) => {
  const { page } = await open(t);
  const refresh = { json: { token: "{refresh}" } };
  const answer = { access: "access" };
  const senseless = {
    refresh: [{ answer }, { answer, refresh: {} }, { answer, refresh: { json: { token: "{token}" } } }, { answer, refresh: { ...refresh, form: "a" } },
      { answer, refresh: { ...refresh, method: "GET" } }, { answer, refresh: { ...refresh, headers: { "a b": "c" } } }, { answer, refresh, cookies: {} }],
    signIn: [{ answer, refresh, signIn: { json: { token: "{refresh}" } } }],
    "signIn.json": [{ answer, refresh, signIn: { json: "{credentials" } }],
    "refresh.path": [{ answer, refresh: { ...refresh, path: 7 } }, { answer, refresh: { path: "renew/{refresh}" } }],
    "signOut.path": [{ answer, refresh, signOut: { path: "https://api.example.com/{access}?token={refresh}" } }],
    "refresh.answer.access": [{ refresh }],
    "answer.access": [{ answer: { access: "" }, refresh }],
    "answer.rejected.status": [{ answer: { ...answer, rejected: ["403"] }, refresh }, { answer: { ...answer, rejected: [{ at: "a" }] }, refresh }],
    "answer.rejected.is": [{ answer: { ...answer, rejected: [{ status: 400, at: "a", is: [{}] }] }, refresh }],
    "answer.rejected.at": [{ answer: { ...answer, rejected: [{ status: 400, is: ["a"] }] }, refresh }],
    "answer.rejected": [{ answer: { ...answer, rejected: [{ status: 400, at: "a", anyBody: true }] }, refresh }],
    "cookies.csrf.header": [{ answer, refresh: { path: "refresh" }, cookies: { csrf: { access: "csrf" } } }],
    refreshs: [{ answer, refresh, refreshs: refresh }],
    url: [{ answer, refresh, url: "ftp://api.example.com/" }],
  };
  for (const [field, descriptions] of Object.entries(senseless)) {
    for (const description of descriptions) {
      const { error } = await page.evaluate((description) => outcome((async () => use(description))()), description);
      assert.equal(error?.code, "invalid-option", JSON.stringify(description));
      assert.match(error.message, new RegExp(`^Option "${field}" `), JSON.stringify(description));
    }
  }
});
