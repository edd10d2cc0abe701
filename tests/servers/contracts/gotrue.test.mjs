// GoTrue as its source describes it: what a client relies on.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { GoTrue } from "../handles.mjs";
import { ask, claims, expiry, exposed, preflight } from "../ask.mjs";

const apikey = "anon";
const credentials = { email: "demo@example.com", password: "demo" };

async function start(settings) {
  const server = await GoTrue.start(settings);
  after(() => server.stop());
  const at = (path, { headers, ...options } = {}) => ask(server.origin + path, { ...options, headers: { apikey, ...headers } });
  return {
    server,
    at,
    signIn: async () => (await at("/auth/v1/token?grant_type=password", { json: credentials })).body,
    refresh: (refresh_token) => at("/auth/v1/token?grant_type=refresh_token", { json: { refresh_token } }),
    user: (bearer) => at("/auth/v1/user", { bearer }),
    signOut: (bearer, scope) => at(`/auth/v1/logout${scope ? `?scope=${scope}` : ""}`, { method: "POST", bearer }),
  };
}

const strict = await start({ accessSeconds: 3, reuseSeconds: 0 });

function refused({ status, body, headers }, ...expected) {
  assert.deepEqual([status, body.error_code, headers.get("x-sb-error-code")], [...expected, expected[1]]);
}

test("sign-in: lower-case bearer, the end both relative and absolute; a wrong password is a 400", async () => {
  const { access_token, refresh_token, token_type, expires_in, expires_at } = await strict.signIn();
  assert.deepEqual([token_type, expires_in, claims(access_token).exp], ["bearer", 3, expires_at]);
  assert.match(refresh_token, /^[a-z2-7]{12}$/);
  const wrong = { ...credentials, password: "wrong" };
  refused(await strict.at("/auth/v1/token?grant_type=password", { json: wrong }), 400, "invalid_credentials");
});

test("the gateway wants an apikey", async () => {
  for (const path of ["/auth/v1/user", "/rest/v1/notes"]) {
    const { status, body } = await ask(strict.server.origin + path);
    assert.deepEqual([status, body.message], [401, "No API key found in request"]);
  }
});

test("refresh: refusals are 400s, told apart by error_code", async () => {
  refused(await strict.refresh("short"), 400, "validation_failed");
  refused(await strict.refresh("aaaaaaaaaaaa"), 400, "refresh_token_not_found");
  const parsed = await strict.at("/auth/v1/token?grant_type=refresh_token", { method: "POST" });
  refused(parsed, 400, "bad_json");
  const dated = { "x-supabase-api-version": "2024-01-01" };
  const { body } = await strict.at("/auth/v1/token?grant_type=refresh_token", { json: {}, headers: dated });
  assert.deepEqual(body, { code: "validation_failed", message: "Refresh Token is not valid" });
});

test("refresh: the parent of the active token brings the active one, an older one ends the session", async () => {
  const { refresh_token: first } = await strict.signIn();
  const second = (await strict.refresh(first)).body.refresh_token;
  assert.equal((await strict.refresh(first)).body.refresh_token, second);
  const third = (await strict.refresh(second)).body.refresh_token;
  refused(await strict.refresh(first), 400, "refresh_token_already_used");
  refused(await strict.refresh(third), 400, "refresh_token_not_found");
});

test("refresh: within the interval an older token is forgiven", async () => {
  const hosted = await start({});
  const { refresh_token: first } = await hosted.signIn();
  const second = (await hosted.refresh(first)).body.refresh_token;
  const third = (await hosted.refresh(second)).body.refresh_token;
  assert.equal((await hosted.refresh(first)).body.refresh_token, third);
});

test("refresh: a session has an end", async () => {
  const short = await start({ refreshSeconds: 0 });
  refused(await short.refresh((await short.signIn()).refresh_token), 400, "session_expired");
});

test("user: 401 without a token, 403 with a bad or an expired one", async () => {
  const { access_token } = await strict.signIn();
  assert.equal((await strict.user(access_token)).body.email, credentials.email);
  refused(await strict.user(), 401, "no_authorization");
  refused(await strict.user("garbage"), 403, "bad_jwt");
  await expiry(access_token);
  refused(await strict.user(access_token), 403, "bad_jwt");
});

test("a table says 401 with a code of its own for an expired token", async () => {
  const { access_token } = await strict.signIn();
  const notes = () => strict.at("/rest/v1/notes", { bearer: access_token });
  assert.equal((await notes()).status, 200);
  await expiry(access_token);
  const { status, body, headers } = await notes();
  assert.deepEqual([status, body.code], [401, "PGRST303"]);
  assert.match(headers.get("www-authenticate"), /error="invalid_token"/);
});

test("sign-out: every session unless told otherwise", async () => {
  const [one, other, third] = await Promise.all([strict.signIn(), strict.signIn(), strict.signIn()]);
  assert.equal((await strict.signOut(one.access_token, "local")).status, 204);
  refused(await strict.user(one.access_token), 403, "session_not_found");
  assert.equal((await strict.user(other.access_token)).status, 200);
  assert.equal((await strict.signOut(other.access_token)).status, 204);
  refused(await strict.refresh(third.refresh_token), 400, "refresh_token_not_found");
});

test("CORS: any origin, without credentials, and little to read", async () => {
  const url = `${strict.server.origin}/auth/v1/user`;
  assert.equal(await exposed(url, { headers: { apikey } }), "X-Total-Count, Link, X-Supabase-Api-Version");
  const { headers } = await ask(url, { headers: { apikey, origin: "http://127.0.0.1:9" } });
  assert.equal(headers.get("access-control-allow-origin"), "*");
  assert.equal(headers.get("access-control-allow-credentials"), null);
  assert.equal(await preflight(url, "apikey"), true);
});

test("sessions outlive a restart of the server", async () => {
  const { refresh_token } = await strict.signIn();
  await strict.server.suspend();
  await strict.server.resume();
  assert.equal((await strict.refresh(refresh_token)).status, 200);
});
