// OAuth 2.0, by node-oidc-provider: a public client.
import assert from "node:assert/strict";
import test from "node:test";
import { ask, claims } from "../../servers/ask.mjs";
import { Oidc } from "../../servers/handles.mjs";
import { openWorld } from "../harness.mjs";
import { runCases } from "./matrix.mjs";

const client = { client_id: "spa" };

/** The first tokens of a grant, with the package's names. */
const grant = (wanted) => async (server) => {
  const { access_token: access, refresh_token: refresh, expires_in: expiresIn } = await server.grant(wanted);
  return { access, refresh, expiresIn };
};

/** What `oauth2` is told. */
const options = (origin) => ({
  tokenEndpoint: `${origin}/token`,
  clientId: "spa",
  revocationEndpoint: `${origin}/token/revocation`,
});

/** @type {import("./matrix.mjs").Row} */
const row = {
  start: () => Oidc.start(),
  backend: (origin) => ["oauth2", options(origin)],
  resource: "/protected",
  refreshPath: "/token",
  tokens: grant({}),
  refresh: ({ origin }, refresh_token) =>
    ask(`${origin}/token`, { form: { ...client, grant_type: "refresh_token", refresh_token } }),
  revoke: ({ origin }, { refresh }) => ask(`${origin}/token/revocation`, { form: { ...client, token: refresh } }),
  rotates: true,
  badToken: 401,
  cured: true,
  reuse: { status: 400, endsSession: true },
  signOut: { revocation: "done", status: 400 },
};

const world = await openWorld({ django: false });

await runCases(world, "oauth2 with JWTs", row);

const opaque = { ...row, variant: true, resource: "/opaque", tokens: grant({ resource: null }) };
await runCases(world, "oauth2 with opaque tokens", opaque);

await runCases(world, "oauth2 without rotation", {
  ...row,
  variant: true,
  start: () => Oidc.start({ rotate: false }),
  rotates: false,
  reuse: { status: 200 },
});

const server = await world.keep(Oidc.start());

/** A page with a session of these options. */
async function open(t, more) {
  const page = await world.page(t);
  const tokens = await row.tokens(server);
  await page.evaluate(
    async ({ options, tokens }) => {
      globalThis.session = await start({ backend: oauth2(options) });
      await session.adopt(tokens);
    },
    { options: { ...options(server.origin), ...more }, tokens },
  );
  return page;
}

/** The access token after a refresh. */
function refreshed(page) {
  return page.evaluate(async () => {
    await when(() => Date.now() > session.state.receivedAt + 1000);
    await session.refresh();
    return session.accessToken();
  });
}

test("a refresh narrows the scope where it is told to", async (t) => {
  const page = await open(t, { scope: "api:read", resource: "urn:evertoken:api" });
  assert.equal(claims(await refreshed(page)).scope, "api:read");
});

test("Q3: a lack of scope is told, and no refresh is tried", async (t) => {
  await server.reset();
  const page = await open(t);
  const { status, denial } = await page.evaluate(async (url) => {
    const response = await session.fetch(url);
    return { status: response.status, denial: await denialOf(response) };
  }, `${server.origin}/admin`);
  assert.deepEqual([status, denial], [403, { kind: "insufficient-scope", scope: "api:admin" }]);
  assert.deepEqual(await server.arrivals("/token"), []);
});

test("R7: a client that the server does not know is a mistake in the configuration and ends no session", async (t) => {
  const page = await open(t, { clientId: "nobody" });
  const { error, status } = await page.evaluate(async () => {
    await when(() => Date.now() > session.state.receivedAt + 1000);
    return { ...(await outcome(session.refresh())), status: session.state.status };
  });
  assert.deepEqual([error?.code, status], ["misconfigured", "signed-in"]);
});
