// node-oidc-provider: what a client relies on, without DPoP.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Oidc } from "../handles.mjs";
import { answers, ask, claims, expiry, exposed, preflight, tampered } from "../ask.mjs";

async function start(settings) {
  const server = await Oidc.start(settings);
  after(() => server.stop());
  const at = (path, options) => ask(server.origin + path, options);
  return {
    server,
    at,
    refresh: (refresh_token, { form, ...options } = {}) =>
      at("/token", { form: { grant_type: "refresh_token", client_id: "spa", refresh_token, ...form }, ...options }),
  };
}

const { server, at, refresh } = await start({ accessSeconds: 3 });

const dead = { error: "invalid_grant", error_description: "grant request is invalid" };

test("discovery by OpenID Connect and by RFC 8414", async () => {
  for (const name of ["openid-configuration", "oauth-authorization-server"]) {
    const { body } = await at(`/.well-known/${name}`);
    assert.equal(body.issuer, server.origin);
    assert.equal(body.token_endpoint, `${server.origin}/token`);
    assert.equal(body.revocation_endpoint, `${server.origin}/token/revocation`);
  }
});

test("refresh: a new pair with expires_in, scope and id_token", async () => {
  const { refresh_token } = await server.grant();
  const { status, body } = await refresh(refresh_token);
  assert.equal(status, 200);
  const { access_token, id_token, refresh_token: successor, ...rest } = body;
  assert.deepEqual(rest, { expires_in: 3, scope: "api:read api:write", token_type: "Bearer" });
  assert.notEqual(successor, refresh_token);
  const { exp, iat, sub } = claims(access_token);
  assert.deepEqual([exp - iat, sub, claims(id_token).sub], [3, "demo", "demo"]);
  assert.equal((await at("/protected", { bearer: access_token })).body.user, "demo");
});

test("refresh: a used token revokes the grant, the successor is dead, too, the JWT is not", async () => {
  const { refresh_token } = await server.grant();
  const { body } = await refresh(refresh_token);
  answers(await refresh(refresh_token), 400, dead);
  answers(await refresh(body.refresh_token), 400, dead);
  assert.equal((await at("/protected", { bearer: body.access_token })).status, 200);
});

test("refresh: one answer for garbage, an access token and another client; others for what is missing or wrong", async () => {
  const { access_token, refresh_token } = await server.grant();
  answers(await refresh("garbage"), 400, dead);
  answers(await refresh(access_token), 400, dead);
  const other = { form: { client_id: "post", client_secret: "secret" } };
  answers(await refresh(refresh_token, other), 400, dead);
  const failures = [
    [{ refresh_token: "" }, 400, "invalid_request"],
    [{ client_id: "nobody" }, 401, "invalid_client"],
    [{ client_id: "post", client_secret: "wrong" }, 401, "invalid_client"],
    [{ scope: "api:admin" }, 400, "invalid_scope"],
  ];
  for (const [form, status, error] of failures) {
    const answer = await refresh(refresh_token, { form });
    assert.deepEqual([answer.status, answer.body.error], [status, error]);
  }
  const json = await at("/token", { json: { grant_type: "refresh_token", client_id: "spa", refresh_token } });
  assert.deepEqual([json.status, json.body.error], [400, "invalid_request"]);
  assert.equal((await refresh(refresh_token)).status, 200, "none of these has used the token up");
});

test("refresh: errors are a page for who prefers one", async () => {
  const { headers } = await refresh("garbage", { headers: { accept: "text/html" } });
  assert.match(headers.get("content-type"), /^text\/html/);
});

test("refresh: confidential clients, with basic and with post", async () => {
  const basic = await server.grant({ client: "basic" });
  const authorization = `Basic ${Buffer.from("basic:secret").toString("base64")}`;
  const form = { grant_type: "refresh_token", refresh_token: basic.refresh_token };
  assert.equal((await at("/token", { form, headers: { authorization } })).status, 200);
  const post = await server.grant({ client: "post" });
  assert.equal((await refresh(post.refresh_token, { form: { client_id: "post", client_secret: "secret" } })).status, 200);
});

test("refresh: a rotated token of a public client inherits the life of the old one", async () => {
  const short = await start({ refreshSeconds: 3 });
  const { refresh_token } = await short.server.grant();
  await sleep(2000);
  const { body } = await short.refresh(refresh_token);
  await sleep(2000);
  answers(await short.refresh(body.refresh_token), 400, dead);
});

test("without rotation the same refresh token comes back", async () => {
  const keeping = await start({ rotate: false });
  const { refresh_token } = await keeping.server.grant();
  for (const _ of [1, 2]) assert.equal((await keeping.refresh(refresh_token)).body.refresh_token, refresh_token);
});

test("resource: 401 with the error in the challenge, 403 with the scope that it takes", async () => {
  const { access_token, refresh_token } = await server.grant();
  assert.equal((await at("/protected", { bearer: access_token })).status, 200);
  const admin = await at("/admin", { bearer: access_token });
  assert.equal(admin.status, 403);
  assert.match(admin.headers.get("www-authenticate"), /^Bearer .*error="insufficient_scope", scope="api:admin"$/);
  await expiry(access_token);
  for (const bearer of [access_token, refresh_token, tampered(access_token)]) {
    const { status, headers } = await at("/protected", { bearer });
    assert.equal(status, 401);
    assert.match(headers.get("www-authenticate"), /^Bearer .*error="invalid_token"$/);
  }
  const none = await at("/protected");
  assert.match(none.headers.get("www-authenticate"), /^Bearer [^,]*, DPoP /, "two challenges");
});

test("opaque access tokens: expires_in is the only end, and the library's own resource takes them, too", async () => {
  const { refresh_token } = await server.grant({ resource: null });
  const { access_token, expires_in } = (await refresh(refresh_token)).body;
  assert.match(access_token, /^[\w-]{43}$/);
  assert.equal(expires_in, 3);
  for (const path of ["/opaque", "/me"]) assert.equal((await at(path, { bearer: access_token })).status, 200);
  await sleep(3100);
  for (const path of ["/opaque", "/me"]) assert.equal((await at(path, { bearer: access_token })).status, 401);
});

test("revocation ends the grant, and says yes to everything", async () => {
  const { refresh_token } = await server.grant();
  const revoke = (token) => at("/token/revocation", { form: { client_id: "spa", token } });
  for (const token of [refresh_token, refresh_token, "garbage"]) answers(await revoke(token), 200, "");
  answers(await refresh(refresh_token), 400, dead);
});

test("CORS: no credentials, WWW-Authenticate and DPoP-Nonce are readable", async () => {
  const { refresh_token } = await server.grant();
  const form = { grant_type: "refresh_token", client_id: "spa", refresh_token };
  const readable = await exposed(`${server.origin}/token`, { form });
  for (const name of ["WWW-Authenticate", "DPoP-Nonce"]) assert.match(readable, new RegExp(name, "i"));
  assert.equal(await preflight(`${server.origin}/token`, "dpop"), true);
  const { headers } = await at("/token", { form, headers: { origin: "http://127.0.0.1:9" } });
  assert.equal(headers.get("access-control-allow-credentials"), null);
  const hiding = await start({ expose: false });
  assert.equal(await exposed(`${hiding.server.origin}/protected`), null);
});

test("grants outlive a restart of the server", async () => {
  const { access_token, refresh_token } = await server.grant();
  await server.suspend();
  await server.resume();
  assert.equal((await at("/protected", { bearer: access_token })).status, 200);
  assert.equal((await refresh(refresh_token)).status, 200);
});
