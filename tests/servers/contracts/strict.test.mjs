// Strict rotation, written by hand: what a client relies on.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { Strict } from "../handles.mjs";
import { answers, ask, claims, demo, expiry, exposed } from "../ask.mjs";

async function start(settings) {
  const server = await Strict.start(settings);
  after(() => server.stop());
  const at = (path, options) => ask(server.origin + path, options);
  return {
    server,
    at,
    pair: async () => (await at("/auth/token", { json: demo })).body,
    refresh: (refreshToken) => at("/auth/refresh_token", { json: { refreshToken } }),
    protected: (bearer) => at("/api/protected", { bearer }),
  };
}

const strict = await start({ accessSeconds: 3 });

test("sign-in: names in two styles, no expires_in; a wrong password is a 401", async () => {
  const pair = await strict.pair();
  assert.deepEqual(Object.keys(pair), ["access_token", "refreshToken"]);
  assert.equal(claims(pair.access_token).exp - claims(pair.access_token).iat, 3);
  const wrong = await strict.at("/auth/token", { json: { ...demo, password: "wrong" } });
  answers(wrong, 401, { detail: "Incorrect username or password" });
});

test("refresh: the old token dies at once, the successor lives", async () => {
  const { access_token, refreshToken } = await strict.pair();
  const { body } = await strict.refresh(refreshToken);
  answers(await strict.refresh(refreshToken), 403, { detail: "Refresh token already used" });
  assert.equal((await strict.refresh(body.refreshToken)).status, 200);
  for (const token of ["garbage", access_token]) {
    answers(await strict.refresh(token), 403, { detail: "Invalid refresh token" });
  }
  const missing = await strict.at("/auth/refresh_token", { json: {} });
  assert.deepEqual([missing.status, missing.body.detail[0].type], [422, "missing"]);
});

test("refresh: where reuse kills the family, the successor is dead, too", async () => {
  const family = await start({ family: true });
  const { refreshToken } = await family.pair();
  const { body } = await family.refresh(refreshToken);
  await family.refresh(refreshToken);
  answers(await family.refresh(body.refreshToken), 403, { detail: "Refresh token revoked" });
});

test("an expired refresh token is refused", async () => {
  const short = await start({ refreshSeconds: 0 });
  answers(await short.refresh((await short.pair()).refreshToken), 403, { detail: "Refresh token expired" });
});

test("resource: one answer for every cause, without a challenge", async () => {
  const { access_token } = await strict.pair();
  assert.equal((await strict.protected(access_token)).status, 200);
  await expiry(access_token);
  for (const token of [access_token, "garbage", undefined]) {
    const refused = await strict.protected(token);
    answers(refused, 401, { detail: "Unauthorized" });
    assert.equal(refused.headers.get("www-authenticate"), null);
  }
});

test("sign-out ends the family", async () => {
  const { refreshToken } = await strict.pair();
  answers(await strict.at("/auth/logout", { json: { refreshToken } }), 200, {});
  answers(await strict.refresh(refreshToken), 403, { detail: "Refresh token revoked" });
});

test("CORS: nothing is exposed", async () => {
  assert.equal(await exposed(`${strict.server.origin}/api/protected`), null);
});

test("refresh tokens outlive a restart of the server, used ones stay used", async () => {
  const { refreshToken } = await strict.pair();
  const { body } = await strict.refresh(refreshToken);
  await strict.server.suspend();
  await strict.server.resume();
  assert.equal((await strict.refresh(refreshToken)).status, 403);
  assert.equal((await strict.refresh(body.refreshToken)).status, 200);
});
