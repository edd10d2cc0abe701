// djangorestframework-simplejwt: what a client relies on.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { Django } from "../handles.mjs";
import { answers, ask, claims, demo, expiry, exposed, preflight, tampered } from "../ask.mjs";

async function start(settings) {
  const server = await Django.start(settings);
  after(() => server.stop());
  const at = (path, options) => ask(server.origin + path, options);
  return {
    server,
    at,
    url: (path) => server.origin + path,
    pair: async (credentials = demo) => (await at("/api/token/", { json: credentials })).body,
    refresh: (token) => at("/api/token/refresh/", { json: { refresh: token } }),
    protected: (bearer) => at("/api/protected/", { bearer }),
  };
}

const rotating = await start({ accessSeconds: 3, refreshSeconds: 3 });

const notValid = (detail) => ({ detail, code: "token_not_valid" });
const refusedAtResource = (message) => ({
  ...notValid("Given token not valid for any token type"),
  messages: [{ token_class: "AccessToken", token_type: "access", message }],
});

test("sign-in: a pair without expires_in; a wrong password is a 401 without a code", async () => {
  const { status, body } = await rotating.at("/api/token/", { json: demo });
  assert.deepEqual([status, Object.keys(body).sort()], [200, ["access", "refresh"]]);
  const { token_type, exp, iat } = claims(body.access);
  assert.deepEqual([token_type, exp - iat], ["access", 3]);
  const wrong = await rotating.at("/api/token/", { json: { ...demo, password: "wrong" } });
  answers(wrong, 401, { detail: "No active account found with the given credentials" });
});

test("refresh: rotation, a used token, garbage, the wrong type, a field that is missing", async () => {
  const { access, refresh } = await rotating.pair();
  const rotated = await rotating.refresh(refresh);
  assert.equal(rotated.status, 200);
  assert.notEqual(rotated.body.refresh, refresh);
  answers(await rotating.refresh(refresh), 401, notValid("Token is blacklisted"));
  assert.equal((await rotating.refresh(rotated.body.refresh)).status, 200, "the successor goes on working");
  answers(await rotating.refresh("garbage"), 401, notValid("Token is invalid"));
  answers(await rotating.refresh(access), 401, notValid("Token has wrong type"));
  answers(await rotating.at("/api/token/refresh/", { json: {} }), 400, { refresh: ["This field is required."] });
});

test("both tokens expire", async () => {
  const { access, refresh } = await rotating.pair();
  await expiry(refresh);
  answers(await rotating.refresh(refresh), 401, notValid("Token is expired"));
  answers(await rotating.protected(access), 401, refusedAtResource("Token is expired"));
});

test("resource: the challenge names no error; the causes are in the body", async () => {
  const { access, refresh } = await rotating.pair();
  assert.equal((await rotating.protected(access)).status, 200);
  answers(await rotating.protected(refresh), 401, refusedAtResource("Token has wrong type"));
  answers(await rotating.protected(tampered(access)), 401, refusedAtResource("Token is invalid"));
  const none = await rotating.protected();
  answers(none, 401, { detail: "Authentication credentials were not provided." });
  assert.equal(none.headers.get("www-authenticate"), 'Bearer realm="api"');
  const small = await rotating.at("/api/protected/", { headers: { authorization: `bearer ${access}` } });
  assert.equal(small.status, 401, "the scheme is Bearer with a capital");
});

test("a public view refuses a bad token, and nothing else", async () => {
  const { refresh } = await rotating.pair();
  assert.equal((await rotating.at("/api/public/")).status, 200);
  answers(await rotating.at("/api/public/", { bearer: refresh }), 401, refusedAtResource("Token has wrong type"));
});

test("verify and blacklist", async () => {
  const { refresh } = await rotating.pair();
  const verify = () => rotating.at("/api/token/verify/", { json: { token: refresh } });
  const blacklist = () => rotating.at("/api/token/blacklist/", { json: { refresh } });
  answers(await verify(), 200, {});
  answers(await blacklist(), 200, {});
  answers(await verify(), 400, { non_field_errors: ["Token is blacklisted"] });
  answers(await blacklist(), 401, notValid("Token is blacklisted"));
});

test("a user who is inactive or deleted: a refusal without a code, and a page of a 500", async (t) => {
  const { server } = rotating;
  t.after(() => server.reset());
  const { access, refresh } = await rotating.pair({ username: "other", password: "other" });
  await server.deactivate("other");
  answers(await rotating.refresh(refresh), 401, { detail: "No active account found for the given token." });
  answers(await rotating.protected(access), 401, { detail: "User is inactive", code: "user_inactive" });
  await server.delete("other");
  const gone = await rotating.refresh(refresh);
  assert.deepEqual([gone.status, gone.headers.get("content-type")], [500, "text/html; charset=utf-8"]);
  answers(await rotating.protected(access), 401, { detail: "User not found", code: "user_not_found" });
});

test("remember me: the server gives longer lives", async () => {
  const { access, refresh } = await rotating.pair({ ...demo, remember: true });
  assert.deepEqual([access, refresh].map((token) => claims(token).exp - claims(token).iat), [30, 30]);
});

test("CORS: nothing is exposed, and DPoP fails the preflight", async () => {
  assert.equal(await exposed(rotating.url("/api/protected/")), null);
  assert.equal(await preflight(rotating.url("/api/protected/"), "authorization"), true);
  assert.equal(await preflight(rotating.url("/api/protected/"), "dpop"), false);
});

test("without rotation there is no refresh token in the answer, and the old one stays", async () => {
  const keeping = await start({ rotate: false });
  const { refresh } = await keeping.pair();
  for (const _ of [1, 2]) assert.deepEqual(Object.keys((await keeping.refresh(refresh)).body), ["access"]);
});

test("without the blacklist app rotated tokens stay good, and blacklisting does nothing", async () => {
  const open = await start({ blacklist: false });
  const { refresh } = await open.pair();
  assert.notEqual((await open.refresh(refresh)).body.refresh, refresh);
  answers(await open.at("/api/token/blacklist/", { json: { refresh } }), 200, {});
  assert.equal((await open.refresh(refresh)).status, 200);
});

test("with SessionAuthentication first a refused token is a 403", async () => {
  const first = await start({ sessionFirst: true, accessSeconds: 1 });
  const { access } = await first.pair();
  await expiry(access);
  const expired = await first.protected(access);
  answers(expired, 403, refusedAtResource("Token is expired"));
  assert.equal(expired.headers.get("www-authenticate"), null);
  answers(await first.protected(), 403, { detail: "Authentication credentials were not provided." });
});

test("a sliding token is renewed only before it ends", async () => {
  const sliding = await start({ sliding: true, accessSeconds: 3 });
  const renew = (token) => sliding.at("/api/sliding/refresh/", { json: { token } });
  const { token } = (await sliding.at("/api/sliding/", { json: demo })).body;
  const { exp, refresh_exp } = claims(token);
  assert.ok(refresh_exp > exp);
  assert.equal((await sliding.protected(token)).status, 200);
  const renewed = await renew(token);
  assert.deepEqual([renewed.status, Object.keys(renewed.body)], [200, ["token"]]);
  await expiry(renewed.body.token);
  answers(await renew(token), 401, notValid("Token is expired"));
  assert.equal((await sliding.protected(token)).status, 401);
});

test("tokens outlive a restart of the server", async () => {
  const { refresh } = await rotating.pair({ ...demo, remember: true });
  await rotating.server.suspend();
  await rotating.server.resume();
  assert.equal((await rotating.refresh(refresh)).status, 200);
  answers(await rotating.refresh(refresh), 401, notValid("Token is blacklisted"));
});
