// Tokens that resources hand out beside their answers, or ask to fetch.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { jwt, sendJson } from "./servers.mjs";

const world = await openWorld({ django: false });
const iat = Math.floor(Date.now() / 1000);
const token = (n, lifetime = 3600) => jwt({ iat, exp: iat + lifetime + n, jti: n, sub: "demo" });
const hand = (n) => (_, response) => {
  response.setHeader("access-control-expose-headers", "x-new-token");
  response.setHeader("x-new-token", token(n));
  sendJson(response, 200, { code: 0 });
};
const api = await world.server({
  "/update/token/": (_, response) => sendJson(response, 200, { code: 0, data: token(9) }),
  "/first/": hand(1),
  "/second/": hand(2),
  "/renew/": (_, response) => sendJson(response, 200, { code: 0, renew: true }),
});

beforeEach(() => api.forget());

/** Runs `use(session, api)` in a page whose token is its own refresh token. */
async function run(t, use, backend = "slidingJwt") {
  const page = await world.page(t);
  const result = await page.evaluate(
    async ({ origin, token, backend, use }) => {
      const session = await start({ backend: globalThis[backend](`${origin}/`) });
      await session.adopt({ access: token, refresh: token });
      return eval(use)(session, origin);
    },
    { origin: api.origin, token: token(0), backend, use: String(use) },
  );
  return { result, sent: api.requests().map(({ pathname }) => pathname) };
}

test("a token in a header takes the place of the one in use; an older one that comes late does not", async (t) => {
  const { result, sent } = await run(t, async (session, api) => {
    const bodies = [await (await session.fetch(`${api}/second/`)).json()];
    await when(() => session.state.generation === 2);
    bodies.push(await (await session.fetch(`${api}/first/`)).json());
    return { bodies, token: await session.accessToken(), generation: session.state.generation };
  });
  assert.deepEqual(result, { bodies: [{ code: 0 }, { code: 0 }], token: token(2), generation: 2 });
  assert.deepEqual(sent, ["/second/", "/first/"]);
});

test("a flag in the body asks for a refresh", async (t) => {
  const { result, sent } = await run(t, async (session, api) => {
    const body = await (await session.fetch(`${api}/renew/`)).json();
    await when(() => session.state.generation === 2);
    return { body, token: await session.accessToken() };
  });
  assert.deepEqual(result, { body: { code: 0, renew: true }, token: token(9) });
  assert.deepEqual(sent, ["/renew/", "/update/token/"]);
});

test("a backend that does not renew takes nothing over", async (t) => {
  const { result } = await run(
    t,
    async (session, api) => {
      await session.fetch(`${api}/second/`);
      await session.fetch(`${api}/renew/`);
      return session.accessToken();
    },
    "strictRotation",
  );
  assert.equal(result, token(0));
});

test("a renewal without a name is refused", async (t) => {
  const page = await world.page(t);
  const codes = await page.evaluate(() =>
    [{}, { header: "" }, { flag: 1 }, { heder: "x" }].map((renewal) => {
      try {
        const refresh = { json: { token: "{refresh}" }, answer: { access: "t" } };
        return customBackend({ url: "https://api.example.com/", refresh, renewal });
      } catch (error) {
        return error.code;
      }
    }),
  );
  assert.deepEqual(codes, Array(4).fill("invalid-option"));
});
