// One token that slides: what a client relies on.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Sliding } from "../handles.mjs";
import { answers, ask, claims, demo, expiry, exposed } from "../ask.mjs";

async function start(settings) {
  const server = await Sliding.start(settings);
  after(() => server.stop());
  const at = (path, options) => ask(server.origin + path, options);
  return {
    at,
    url: (path) => server.origin + path,
    token: async () => (await at("/auth/", { json: demo })).body.data,
    mine: (token) => at(`/mine/?token=${token}`),
    update: (token) => at(`/update/token/?token=${token}`),
  };
}

/** Waits for the second half of a token's life. */
async function nearExpiry(token) {
  const { iat, exp } = claims(token);
  await sleep(Math.max(0, (iat + exp) * 500 - Date.now()) + 20);
}

const byHeader = await start({ renew: "header" });

test("sign-in: an envelope, and a wrong password is a 200 with a code", async () => {
  const { status, body } = await byHeader.at("/auth/", { json: demo });
  assert.deepEqual([status, body.code, claims(body.data).sub], [200, 0, "demo"]);
  const wrong = await byHeader.at("/auth/", { json: { ...demo, password: "wrong" } });
  answers(wrong, 200, { code: 1000, msg: "wrong username or password" });
});

test("resource: the token is in the query; three causes with three codes", async () => {
  const token = await byHeader.token();
  answers(await byHeader.mine(token), 200, { code: 0, data: { user: "demo" }, renew: false });
  answers(await byHeader.at("/mine/"), 403, { code: 1001, msg: "no token" });
  answers(await byHeader.mine("garbage"), 403, { code: 1002, msg: "invalid token" });
  await expiry(token);
  answers(await byHeader.mine(token), 401, { code: 1003, msg: "token expired" });
});

test("update: before the end only", async () => {
  const token = await byHeader.token();
  const { body } = await byHeader.update(token);
  assert.equal(body.code, 0);
  assert.notEqual(claims(body.data).jti, claims(token).jti);
  await expiry(token);
  answers(await byHeader.update(token), 401, { code: 1003, msg: "token expired" });
});

test("renewal by header: near the end each answer carries a token of its own", async () => {
  const token = await byHeader.token();
  assert.equal((await byHeader.mine(token)).headers.get("x-new-token"), null);
  await nearExpiry(token);
  const answersNow = await Promise.all([byHeader.mine(token), byHeader.mine(token)]);
  const [one, other] = answersNow.map(({ headers }) => claims(headers.get("x-new-token")).jti);
  assert.notEqual(one, other);
  assert.equal(answersNow[0].body.renew, false);
});

test("renewal by flag: near the end the answer says so, and no header does", async () => {
  const byFlag = await start({ renew: "flag" });
  const token = await byFlag.token();
  await nearExpiry(token);
  const { body, headers } = await byFlag.mine(token);
  assert.deepEqual([body.renew, headers.get("x-new-token")], [true, null]);
});

test("CORS: the header is readable where the server exposes it", async () => {
  assert.equal(await exposed(byHeader.url("/mine/")), "X-New-Token");
  const hiding = await start({ expose: false });
  assert.equal(await exposed(hiding.url("/mine/")), null);
});
