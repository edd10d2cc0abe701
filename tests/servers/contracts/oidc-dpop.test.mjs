// node-oidc-provider with DPoP (RFC 9449): what a client relies on.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import { Oidc } from "../handles.mjs";
import { ask } from "../ask.mjs";
import { hash, newKey } from "../dpop.mjs";

async function start(settings) {
  const server = await Oidc.start({ accessSeconds: 60, ...settings });
  after(() => server.stop());
  const url = (path) => server.origin + path;
  const form = (refresh_token) => ({ grant_type: "refresh_token", client_id: "spa", refresh_token });
  return {
    server,
    url,
    refresh: (token, proof) => ask(url("/token"), { form: form(token), headers: { ...(proof && { dpop: proof }) } }),
    use: (token, proof, { path = "/protected", scheme = "DPoP" } = {}) =>
      ask(url(path), { headers: { authorization: `${scheme} ${token}`, ...(proof && { dpop: proof }) } }),
  };
}

const { server, url, refresh, use } = await start();
const key = await newKey();

const atToken = (claims) => key.proof("POST", url("/token"), claims);
const atResource = (token, claims) => key.proof("GET", url("/protected"), { ath: hash(token), ...claims });
const nonceOf = ({ headers }) => headers.get("dpop-nonce");
const challenge = ({ headers }) => headers.get("www-authenticate");

/** The nonce of the token endpoint. */
async function tokenNonce() {
  return nonceOf(await refresh("any", await atToken()));
}

/** The nonce of the resources. */
async function resourceNonce(token) {
  return nonceOf(await use(token, await atResource(token)));
}

test("token endpoint: a nonce is asked for with a 400, which does not use the refresh token up", async () => {
  const { refresh_token } = await server.grant({ jkt: key.jkt });
  const asked = await refresh(refresh_token, await atToken());
  assert.deepEqual([asked.status, asked.body.error], [400, "use_dpop_nonce"]);
  const wrong = await refresh(refresh_token, await atToken({ nonce: "wrong" }));
  assert.deepEqual([wrong.body.error, nonceOf(wrong)], ["use_dpop_nonce", nonceOf(asked)]);
  const { status, body } = await refresh(refresh_token, await atToken({ nonce: nonceOf(asked) }));
  assert.deepEqual([status, body.token_type], [200, "DPoP"]);
});

test("token endpoint: no proof, another key and a replay are an invalid grant; a bad proof is named", async () => {
  const { refresh_token } = await server.grant({ jkt: key.jkt });
  const nonce = await tokenNonce();
  const other = await (await newKey()).proof("POST", url("/token"), { nonce });
  for (const proof of [undefined, other]) assert.equal((await refresh(refresh_token, proof)).body.error, "invalid_grant");
  for (const wrong of [{ htm: "GET" }, { htu: url("/other") }]) {
    const { status, body } = await refresh(refresh_token, await atToken({ nonce, ...wrong }));
    assert.deepEqual([status, body.error], [400, "invalid_dpop_proof"]);
  }
  const proof = await atToken({ nonce });
  assert.equal((await refresh(refresh_token, proof)).status, 200, "none of these has used the token up");
  assert.equal((await refresh(refresh_token, proof)).body.error, "invalid_grant");
});

test("token endpoint: with a nonce the time does not matter", async () => {
  const { refresh_token } = await server.grant({ jkt: key.jkt });
  const proof = await atToken({ nonce: await tokenNonce(), iat: Math.floor(Date.now() / 1000) - 3600 });
  assert.equal((await refresh(refresh_token, proof)).status, 200);
});

test("a proof turns the access token of an unbound refresh token into one of DPoP", async () => {
  const { refresh_token, token_type } = await server.grant();
  const { body } = await refresh(refresh_token, await atToken({ nonce: await tokenNonce() }));
  assert.deepEqual([token_type, body.token_type], ["Bearer", "DPoP"]);
});

for (const path of ["/protected", "/me"]) {
  test(`resource ${path}: the nonce is asked for with a 401; then proof, scheme and key have to be right`, async () => {
    const { access_token: token } = await server.grant({ jkt: key.jkt, resource: path === "/me" ? null : undefined });
    const proof = (claims) => key.proof("GET", url(path), { ath: hash(token), ...claims });
    const asked = await use(token, await proof(), { path });
    assert.equal(asked.status, 401);
    assert.match(challenge(asked), /^DPoP .*error="use_dpop_nonce"/);
    const nonce = nonceOf(asked);
    assert.equal((await use(token, await proof({ nonce }), { path })).status, 200);
    const refused = [
      [await proof({ nonce, ath: hash("other") }), "invalid_dpop_proof"],
      [await proof({ nonce, htm: "POST" }), "invalid_dpop_proof"],
      [await proof({ nonce: "old" }), "use_dpop_nonce"],
    ];
    for (const [bad, error] of refused) {
      const answer = await use(token, bad, { path });
      assert.deepEqual([answer.status, challenge(answer).match(/error="(\w+)"/)[1]], [401, error]);
    }
    const bearer = await use(token, undefined, { path, scheme: "Bearer" });
    assert.match(challenge(bearer), /DPoP .*error="invalid_token"/);
    const stolen = await (await newKey()).proof("GET", url(path), { ath: hash(token), nonce });
    assert.equal((await use(token, stolen, { path })).status, 401);
  });
}

test("resource: a proof works once, and a new nonce makes the old one an old one", async () => {
  const { access_token } = await server.grant({ jkt: key.jkt });
  const nonce = await resourceNonce(access_token);
  const proof = await atResource(access_token, { nonce });
  assert.equal((await use(access_token, proof)).status, 200);
  assert.equal((await use(access_token, proof)).status, 401);
  await server.renewNonce();
  const late = await use(access_token, await atResource(access_token, { nonce }));
  assert.match(challenge(late), /error="use_dpop_nonce"/);
  assert.notEqual(nonceOf(late), nonce);
});

test("the nonces of the token endpoint and of the resource are different ones", async () => {
  const { access_token } = await server.grant({ jkt: key.jkt });
  const crossed = await atResource(access_token, { nonce: await tokenNonce() });
  assert.match(challenge(await use(access_token, crossed)), /error="use_dpop_nonce"/);
});

test("without nonces a nonce is an error, and the time matters", async () => {
  const { server, url, refresh, use } = await start({ nonces: false });
  const { access_token, refresh_token } = await server.grant({ jkt: key.jkt });
  const atToken = (claims) => key.proof("POST", url("/token"), claims);
  const atResource = (claims) => key.proof("GET", url("/protected"), { ath: hash(access_token), ...claims });
  for (const wrong of [{ nonce: "any" }, { iat: Math.floor(Date.now() / 1000) - 3600 }]) {
    assert.equal((await refresh(refresh_token, await atToken(wrong))).body.error, "invalid_dpop_proof");
    assert.match(challenge(await use(access_token, await atResource(wrong))), /error="invalid_dpop_proof"/);
  }
  assert.equal((await use(access_token, await atResource())).status, 200);
  assert.equal((await refresh(refresh_token, await atToken())).status, 200);
});
