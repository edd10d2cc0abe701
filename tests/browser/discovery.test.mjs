// Endpoints by an issuer's metadata, and ID tokens.
import assert from "node:assert/strict";
import test from "node:test";
import { Oidc } from "../servers/handles.mjs";
import { openWorld } from "./harness.mjs";
import { jwt, sendJson } from "./servers.mjs";

const world = await openWorld({ django: false });

const discovered = (page, issuer) => page.evaluate((issuer) => outcome(evertoken.discover(issuer)), issuer);

test("a session with node-oidc-provider by its issuer alone; its ID tokens are kept, also by a reload", async (t) => {
  const server = await world.keep(Oidc.start());
  const page = await world.page(t);
  const start = () =>
    page.evaluate(async (issuer) => {
      const backend = evertoken.oauth2({ ...(await evertoken.discover(issuer)), clientId: "spa" });
      globalThis.session = await evertoken.createSession({ backend });
    }, server.origin);
  await start();
  const first = await server.grant();
  await page.evaluate(({ access_token: access, refresh_token: refresh }) => session.adopt({ access, refresh, expiresIn: 0, idToken: "first" }), first);
  assert.equal(await page.evaluate(() => session.idToken), "first");
  assert.equal(await page.evaluate(async (url) => (await session.fetch(url)).status, `${server.origin}/protected`), 200);
  const idToken = await page.evaluate(() => session.idToken);
  const { sub, aud } = JSON.parse(Buffer.from(idToken.split(".")[1], "base64url"));
  assert.deepEqual([sub, aud], ["demo", "spa"]);
  await page.reload();
  await start();
  assert.equal(await page.evaluate(() => session.idToken), idToken);
  assert.equal(await page.evaluate(async () => (await session.signOut()).revocation), "done");
  assert.equal(await page.evaluate(() => session.idToken), undefined);
});

test("OpenID Connect's address comes after that of RFC 8414, below the issuer's path", async (t) => {
  const server = await world.server({
    "/.well-known/oauth-authorization-server/realms/app": (_, response) => sendJson(response, 404, {}),
    "/realms/app/.well-known/openid-configuration": (request, response) => {
      const issuer = `http://${request.headers.host}/realms/app`;
      sendJson(response, 200, { issuer, token_endpoint: `${issuer}/token` });
    },
  });
  const { value } = await discovered(await world.page(t), `${server.origin}/realms/app/`);
  assert.deepEqual(value, { tokenEndpoint: `${server.origin}/realms/app/token`, revocationEndpoint: undefined });
  assert.equal(server.requests().length, 2);
});

test("metadata that cannot be trusted or had is an error that says so", async (t) => {
  let answer;
  const serve = (_, response) => sendJson(response, ...answer);
  const server = await world.server({ "/.well-known/oauth-authorization-server": serve, "/.well-known/openid-configuration": serve });
  const page = await world.page(t);
  for (const [status, body, code, message] of [
    [200, { issuer: "https://evil.example", token_endpoint: "https://evil.example/token" }, "misconfigured", /another issuer/],
    [200, { issuer: server.origin }, "misconfigured", /token_endpoint/],
    [200, jwt({}), "misconfigured", /no metadata/],
    [404, {}, "misconfigured", /no metadata/],
    [503, {}, "unavailable", /HTTP 503/],
  ]) {
    answer = [status, body];
    const { error } = await discovered(page, server.origin);
    assert.equal(error.code, code);
    assert.match(error.message, message);
  }
  await server.stop();
  assert.equal((await discovered(page, server.origin)).error.code, "unavailable");
  assert.equal((await discovered(page, "id.example.com:80")).error.code, "invalid-option");
});
