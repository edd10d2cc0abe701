// DPoP (RFC 9449): the proof of each request, nonces at both ends, and what a refused proof does not do.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { DpopServer, proofOf } from "./dpop-server.mjs";
import { openWorld } from "./harness.mjs";
import { packageDirectory } from "./processes.mjs";

const world = await openWorld({ django: false });

/**
 * A page with a session whose tokens are bound to its key. The token endpoint and the API are of two origins. `settings` are
 * the server's, `options` the session's.
 */
async function bound(t, { expiresIn, ...settings } = {}, options = {}) {
  const server = Object.assign(new DpopServer(), settings);
  const [issuer, api] = await Promise.all([world.server(server.answers), world.server(server.answers)]);
  const page = await world.page(t);
  const thumbprint = await page.evaluate(
    async ([issuer, api, options]) => {
      const { dpopKey } = await import("/pkg/dpop.js");
      const tokenEndpoint = `${issuer}/token`;
      const items = `${api}/items/`;
      const dpop = await dpopKey();
      const backend = oauth2({ tokenEndpoint, clientId: "spa", revocationEndpoint: `${issuer}/revoke` });
      const session = await start({ backend, dpop, origins: [api], ...options });
      const adopt = ({ access_token, refresh_token, expires_in }, expiresIn = expires_in) =>
        session.adopt({ access: access_token, refresh: refresh_token, expiresIn });
      const ask = (query = "", init) => outcome(session.fetch(items + query, init));
      Object.assign(globalThis, { tokenEndpoint, items, dpop, session, adopt, ask });
      return dpop.thumbprint;
    },
    [issuer.origin, api.origin, options],
  );
  await page.evaluate(([issued, expiresIn]) => adopt(issued, expiresIn), [server.issue(thumbprint), expiresIn]);
  const refreshes = () => issuer.requests().filter(({ pathname }) => pathname === "/token");
  const refreshTokens = () => refreshes().map(({ body }) => new URLSearchParams(body).get("refresh_token"));
  const ask = () => page.evaluate(() => ask());
  return { server, issuer, api, page, thumbprint, ask, requests: api.requests, refreshes, refreshTokens };
}

/** A session with a token that has ended, whose refresh has just failed; returns its error. */
async function failed(page) {
  const { error } = await page.evaluate(() => outcome(session.accessToken()));
  return error;
}

/** Waits until the refresh of such a session has been tried again and succeeded. */
async function recovered(page) {
  await page.evaluate(() => hurry());
  await page.evaluate(() => when(async () => (await outcome(session.accessToken())).error === undefined));
}

const noncesOf = (requests) => requests.map((request) => proofOf(request).claims.nonce);

test("the proof of a request names it, its token and the key", async (t) => {
  const { page, api, thumbprint, requests } = await bound(t);
  const values = await page.evaluate(() => Promise.all([ask("?page=2#top"), ask("", { method: "put" })]));
  assert.deepEqual(values, [{ value: 200 }, { value: 200 }]);
  const { put, got } = Object.fromEntries(requests().map((request) => [request.method === "PUT" ? "put" : "got", proofOf(request)]));
  assert.deepEqual(got.header, { typ: "dpop+jwt", alg: "ES256" });
  assert.deepEqual(Object.keys(got.jwk).sort(), ["crv", "kty", "x", "y"]);
  assert.equal(got.thumbprint, thumbprint);
  const { claims } = got;
  assert.deepEqual(Object.keys(claims).sort(), ["ath", "htm", "htu", "iat", "jti"]);
  assert.deepEqual([claims.htm, claims.htu], ["GET", `${api.origin}/items/`]);
  assert.ok(Math.abs(claims.iat - Date.now() / 1000) < 30);
  assert.equal(put.claims.htm, "PUT");
  assert.notEqual(put.claims.jti, claims.jti);
});

test("a refresh has a proof without a token's hash; the revocation has none", async (t) => {
  const { page, issuer, ask, refreshes } = await bound(t, { expiresIn: 0 });
  assert.deepEqual(await ask(), { value: 200 });
  assert.equal((await page.evaluate(() => session.signOut())).revocation, "done");
  assert.deepEqual(Object.keys(proofOf(refreshes()[0]).claims).sort(), ["htm", "htu", "iat", "jti"]);
  const revocation = issuer.requests().find(({ pathname }) => pathname === "/revoke");
  assert.equal(revocation.headers.dpop, undefined);
});

test("both ends challenge once; each nonce is used from then on, and a nonce with a 200 takes its place", async (t) => {
  const { page, server, ask, requests, refreshes } = await bound(t, { expiresIn: 0 });
  [server.token.nonce, server.api.nonce] = ["t1", "a1"];
  assert.deepEqual([await ask(), await ask()], [{ value: 200 }, { value: 200 }]);
  server.api.next = "a2";
  assert.deepEqual([await ask(), await ask()], [{ value: 200 }, { value: 200 }]);
  assert.deepEqual(noncesOf(requests()), [undefined, "a1", "a1", "a1", "a2"]);
  assert.deepEqual(noncesOf(refreshes()), [undefined, "t1"]);
  assert.deepEqual(
    await page.evaluate(() => seen().map(({ type }) => type)),
    ["signed-in", "refreshed"],
  );
});

test("a page that cannot read WWW-Authenticate goes by the new nonce", async (t) => {
  const { server, ask, requests, refreshes } = await bound(t, { explains: false });
  server.api.nonce = "a1";
  assert.deepEqual(await ask(), { value: 200 });
  assert.deepEqual(noncesOf(requests()), [undefined, "a1"]);
  assert.equal(refreshes().length, 0);
});

test("Q3: after a challenge the token may still be refused; that is refreshed, once", async (t) => {
  const { page, server, ask, requests, refreshes } = await bound(t);
  server.api.nonce = "a1";
  server.revoked = await page.evaluate(() => session.accessToken());
  assert.deepEqual(await ask(), { value: 200 });
  assert.deepEqual(noncesOf(requests()), [undefined, "a1", "a1"]);
  assert.equal(refreshes().length, 1);
  assert.equal(new Set(requests().map((request) => proofOf(request).claims.jti)).size, 3);
});

test("Q5: a request that is challenged is sent again as it was", async (t) => {
  const { page, server, requests } = await bound(t);
  const sendings = [
    (url) => [url, { method: "POST", headers: { "x-own": "kept" }, body: "whole" }],
    (url) => [new Request(url, { method: "POST", headers: { "x-own": "kept" }, body: "whole" })],
    (url) => [url, { method: "POST", headers: [["x-own", "kept"]], body: new Blob(["whole"], { type: "text/plain" }) }],
  ];
  for (const [index, sending] of sendings.entries()) {
    server.api.nonce = `a${index}`;
    const answer = await page.evaluate(async (source) => (await session.fetch(...eval(source)(items))).json(), String(sending));
    assert.deepEqual(answer, { body: "whole" });
  }
  assert.equal(requests().length, 6);
  for (const { method, headers, body } of requests()) {
    assert.deepEqual([method, headers["x-own"], body], ["POST", "kept", "whole"]);
  }
});

test("Q5: a Request is taken up at the call, and aborting works before the proof is made", async (t) => {
  const { page, requests } = await bound(t);
  const result = await page.evaluate(async () => {
    const request = new Request(items, { method: "POST", body: "whole" });
    const sent = session.fetch(request);
    const taken = request.bodyUsed;
    const leaving = new AbortController();
    const aborted = outcome(session.fetch(items, { signal: leaving.signal }));
    leaving.abort(new Error("gone"));
    return { taken, sent: await outcome(sent), aborted: (await aborted).error.message };
  });
  assert.deepEqual(result, { taken: true, sent: { value: 200 }, aborted: "gone" });
  assert.equal(requests().length, 1);
});

test("Q4: a stream that is challenged is not sent again; its 401 is the answer", async () => {
  const load = (file) => import(pathToFileURL(join(packageDirectory, file)));
  const [{ createSession, oauth2 }, { dpopKey }] = await Promise.all(["evertoken.js", "dpop.js"].map(load));
  const server = new DpopServer();
  const { origin, requests } = await world.server(server.answers);
  server.api.nonce = "a1";
  const keyPair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
  const dpop = await dpopKey({ keyPair });
  const backend = oauth2({ tokenEndpoint: `${origin}/token`, clientId: "cli" });
  const session = await createSession({ backend, store: "memory", dpop });
  const { access_token, refresh_token } = server.issue(dpop.thumbprint);
  await session.adopt({ access: access_token, refresh: refresh_token });
  const post = (body) => session.fetch(`${origin}/items/`, { method: "POST", body, duplex: "half" });
  const refused = await post(new Blob(["whole"]).stream());
  assert.equal(refused.status, 401);
  // The nonce has come with it.
  const taken = await post(new Blob(["whole"]).stream());
  assert.deepEqual([taken.status, await taken.json()], [200, { body: "whole" }]);
  assert.deepEqual(noncesOf(requests()), [undefined, "a1"]);
  session.close();
});

test("Q2: a request with an Authorization of its own gets neither token nor proof", async (t) => {
  const { page, requests } = await bound(t);
  await page.evaluate(() => ask("", { headers: { authorization: "DPoP own" } }));
  const [{ headers }, ...others] = requests();
  assert.deepEqual([headers.authorization, headers.dpop, others], ["DPoP own", undefined, []]);
});

test("a resource that no nonce satisfies: its 401 is the answer, after two requests and no refresh", async (t) => {
  const { server, ask, requests, refreshes } = await bound(t);
  server.api.insatiable = true;
  assert.deepEqual(await ask(), { value: 401 });
  assert.deepEqual(noncesOf(requests()), [undefined, "nonce-1"]);
  assert.equal(refreshes().length, 0);
});

test("a token endpoint that no nonce satisfies: an error that says so, after two requests; the session stays", async (t) => {
  const { page, server, refreshes } = await bound(t, { expiresIn: 0 });
  server.token.insatiable = true;
  const error = await failed(page);
  assert.equal(error.code, "misconfigured");
  assert.match(error.cause.message, /DPoP-Nonce/);
  assert.ok(error.cause.evertoken);
  assert.deepEqual(noncesOf(refreshes()), [undefined, "nonce-1"]);
  assert.equal(await page.evaluate(() => session.state.status), "signed-in");
});

test("R7: a refused proof ends no session and uses up no refresh token", async (t) => {
  const { page, server, refreshTokens } = await bound(t, { expiresIn: 0 });
  server.scripted = [400, { error: "invalid_dpop_proof" }];
  const error = await failed(page);
  assert.equal(error.code, "misconfigured");
  assert.match(error.cause.message, /DPoP proof/);
  server.scripted = undefined;
  await recovered(page);
  assert.deepEqual(refreshTokens(), ["refresh-1", "refresh-1"]);
});

test("R7: invalid_grant ends the session", async (t) => {
  const { page, server } = await bound(t, { expiresIn: 0 });
  server.scripted = [400, { error: "invalid_grant" }];
  assert.equal((await failed(page)).code, "rejected");
});

test("a server that gives up its nonces: the old one is forgotten with the proof that it refuses", async (t) => {
  const { server, ask, requests, refreshes } = await bound(t);
  server.api.nonce = "a1";
  await ask();
  server.api.nonce = undefined;
  assert.deepEqual(await ask(), { value: 200 });
  assert.deepEqual(noncesOf(requests()), [undefined, "a1", "a1", undefined]);
  assert.equal(refreshes().length, 0);
});

test("R3: an answer with a Bearer token is an error; the refresh token in it is kept", async (t) => {
  const { page, server, refreshTokens, ask, requests } = await bound(t, { expiresIn: 0 });
  server.tokenType = "Bearer";
  const error = await failed(page);
  assert.equal(error.code, "misconfigured");
  assert.match(error.cause.message, /token_type "DPoP"/);
  server.tokenType = "dpop";
  await recovered(page);
  assert.deepEqual(refreshTokens(), ["refresh-1", "refresh-2"]);
  await ask();
  assert.ok(requests()[0].headers.authorization.startsWith("DPoP "));
});

test("T2: the proof's time is the server's, however wrong the clock is", async (t) => {
  const { server, ask, requests } = await bound(t, { skew: 7200, expiresIn: 0 });
  // Before anything tells the server's time, a nonce makes up for it.
  server.token.nonce = "t1";
  assert.deepEqual(await ask(), { value: 200 });
  const [{ claims }] = requests().map(proofOf);
  assert.ok(Math.abs(claims.iat - 7200 - Date.now() / 1000) < 30);
});

test("T2: a clock that was set since the server's time was measured costs one more request and no refresh", async (t) => {
  const { server, ask, requests, refreshes } = await bound(t, { skew: 7200, expiresIn: 0 });
  server.token.nonce = "t1";
  await ask();
  server.skew = 0;
  assert.deepEqual([await ask(), await ask()], [{ value: 200 }, { value: 200 }]);
  assert.equal(requests().length, 4);
  assert.deepEqual(noncesOf(refreshes()), [undefined, "t1"]);
});

test("the application's login: proofs and requests of its own with the same key and nonces", async (t) => {
  const { page, server, refreshes, thumbprint } = await bound(t);
  server.token.nonce = "t1";
  const { refresh_token } = server.issue(thumbprint);
  const result = await page.evaluate(async (refresh_token) => {
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token });
    const response = await dpop.fetch(tokenEndpoint, { method: "POST", body });
    const { access_token } = await response.json();
    const proof = await dpop.proof({ method: "GET", url: `${items}?x=1`, accessToken: access_token });
    const headers = { authorization: `DPoP ${access_token}`, dpop: proof };
    return [response.status, (await fetch(items, { headers })).status];
  }, refresh_token);
  assert.deepEqual(result, [200, 200]);
  assert.deepEqual(noncesOf(refreshes()), [undefined, "t1"]);
});
