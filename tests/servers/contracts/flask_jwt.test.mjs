// Flask-JWT-Extended: what a client relies on.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { Flask } from "../handles.mjs";
import { PAGE, answers, ask, claims, demo, expiry, exposed, tampered } from "../ask.mjs";

async function start(settings) {
  const server = await Flask.start(settings);
  after(() => server.stop());
  return { server, at: (path, options) => ask(server.origin + path, options) };
}

const { server, at } = await start({ accessSeconds: 3 });
const pair = async () => (await at("/login", { json: demo })).body;
const refresh = (bearer) => at("/refresh", { method: "POST", bearer });
const resource = (bearer) => at("/protected", { bearer });

test("sign-in: a pair without expires_in; a wrong password is a 401", async () => {
  const { access_token, refresh_token, ...rest } = await pair();
  assert.deepEqual([claims(access_token).type, claims(refresh_token).type, rest], ["access", "refresh", {}]);
  answers(await at("/login", { json: { ...demo, password: "wrong" } }), 401, { msg: "Bad username or password" });
});

test("refresh: the token is the Bearer, none comes back, and it can be used again", async () => {
  const { access_token, refresh_token } = await pair();
  for (const _ of [1, 2]) assert.deepEqual(Object.keys((await refresh(refresh_token)).body), ["access_token"]);
  answers(await refresh(access_token), 422, { msg: "Only refresh tokens are allowed" });
  answers(await refresh("garbage"), 422, { msg: "Not enough segments" });
  answers(await at("/refresh", { json: { refresh_token } }), 401, { msg: "Missing Authorization Header" });
});

test("resource: 401 where a refresh helps, 422 for what is no good token, and no challenge", async () => {
  const { access_token, refresh_token } = await pair();
  assert.equal((await resource(access_token)).status, 200);
  answers(await resource(refresh_token), 422, { msg: "Only non-refresh tokens are allowed" });
  answers(await resource(tampered(access_token)), 422, { msg: "Signature verification failed" });
  answers(await resource(), 401, { msg: "Missing Authorization Header" });
  await expiry(access_token);
  const expired = await resource(access_token);
  answers(expired, 401, { msg: "Token has expired" });
  assert.equal(expired.headers.get("www-authenticate"), null);
});

test("an expired refresh token is a 401", async () => {
  const short = await start({ refreshSeconds: 1 });
  const { refresh_token } = (await short.at("/login", { json: demo })).body;
  await expiry(refresh_token);
  answers(await short.at("/refresh", { method: "POST", bearer: refresh_token }), 401, { msg: "Token has expired" });
});

test("only a sign-in makes a fresh token", async () => {
  const { access_token, refresh_token } = await pair();
  assert.equal((await at("/fresh", { bearer: access_token })).status, 200);
  const refreshed = (await refresh(refresh_token)).body.access_token;
  answers(await at("/fresh", { bearer: refreshed }), 401, { msg: "Fresh token required" });
});

test("sign-out ends the presented token alone, and a restart of the server changes nothing", async () => {
  const { access_token, refresh_token } = await pair();
  const revoked = await at("/logout", { method: "DELETE", bearer: refresh_token });
  answers(revoked, 200, { msg: "Refresh token successfully revoked" });
  assert.equal((await resource(access_token)).status, 200);
  await server.suspend();
  await server.resume();
  answers(await refresh(refresh_token), 401, { msg: "Token has been revoked" });
});

test("CORS: nothing is exposed", async () => {
  assert.equal(await exposed(`${server.origin}/protected`), null);
});

/** A browser's cookies, as far as a test needs them. */
class Jar {
  #cookies = new Map();

  constructor(at) {
    this.at = at;
  }

  async ask(path, { csrf, headers, ...options } = {}) {
    const cookie = [...this.#cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
    const sent = { ...headers, cookie, ...(csrf && { "x-csrf-token": this.value(csrf) }) };
    const answer = await this.at(path, { ...options, headers: sent });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split("; ");
      const [name, value] = pair.split("=");
      this.#cookies.set(name, { value, attributes });
    }
    return answer;
  }

  value(name) {
    return this.#cookies.get(name)?.value;
  }

  attributes(name) {
    return this.#cookies.get(name).attributes;
  }
}

test("cookies: the tokens are HttpOnly, the CSRF values are not, the body tells nothing", async () => {
  const { at } = await start({ cookies: true });
  const jar = new Jar(at);
  answers(await jar.ask("/login", { json: demo }), 200, { msg: "login successful" });
  assert.deepEqual(jar.attributes("access_token_cookie"), ["HttpOnly", "Path=/"]);
  assert.deepEqual(jar.attributes("refresh_token_cookie"), ["HttpOnly", "Path=/refresh"]);
  for (const name of ["csrf_access_token", "csrf_refresh_token"]) assert.deepEqual(jar.attributes(name), ["Path=/"]);
  const ignored = await at("/protected", { bearer: jar.value("access_token_cookie") });
  answers(ignored, 401, { msg: 'Missing cookie "access_token_cookie"' });
});

test("cookies: a POST and a refresh need the CSRF value that belongs to them, and a refresh changes it", async () => {
  const { at } = await start({ cookies: true });
  const jar = new Jar(at);
  await jar.ask("/login", { json: demo });
  assert.equal((await jar.ask("/protected")).status, 200);
  answers(await jar.ask("/protected", { method: "POST" }), 401, { msg: "Missing CSRF token" });
  assert.equal((await jar.ask("/protected", { method: "POST", csrf: "csrf_access_token" })).status, 200);
  const mismatch = await jar.ask("/refresh", { method: "POST", csrf: "csrf_access_token" });
  answers(mismatch, 401, { msg: "CSRF double submit tokens do not match" });

  const old = jar.value("csrf_access_token");
  const refreshed = await jar.ask("/refresh", { method: "POST", csrf: "csrf_refresh_token" });
  answers(refreshed, 200, { msg: "refresh successful" });
  const late = await jar.ask("/protected", { method: "POST", headers: { "x-csrf-token": old } });
  answers(late, 401, { msg: "CSRF double submit tokens do not match" });

  answers(await jar.ask("/logout", { method: "POST" }), 200, { msg: "logout successful" });
  assert.ok(jar.attributes("access_token_cookie").includes("Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
});

test("cookies: the answer can say how long the token lives, and pages may send their cookies", async () => {
  const { at } = await start({ cookies: true, expiresIn: true });
  const signedIn = await at("/login", { json: demo, headers: { origin: PAGE } });
  answers(signedIn, 200, { msg: "login successful", expires_in: 4 });
  const { headers } = signedIn;
  const allowed = ["access-control-allow-origin", "access-control-allow-credentials"].map((name) => headers.get(name));
  assert.deepEqual(allowed, [PAGE, "true"]);
});
