// Why a resource denies what no refresh gives: read from the answer, which stays whole.
import assert from "node:assert/strict";
import test from "node:test";
import { denialOf } from "../../pkg/dist/evertoken.js";

function answer(challenge, { status = 403, body = {}, type = "application/json" } = {}) {
  const headers = { "content-type": type, ...(challenge && { "www-authenticate": challenge }) };
  return new Response(JSON.stringify(body), { status, headers });
}

const LOGIN = { kind: "login-required" };
const SCOPE = { kind: "insufficient-scope", scope: "a, b" };

// The same challenges as in `src/core/resource/challenge.rs`.
const CHALLENGES = {
  'Bearer error="insufficient_scope", scope="a, b"': SCOPE,
  'bearer ERROR=insufficient_scope,scope = "a, b" ,': SCOPE,
  'Negotiate YWJj==, Basic, DPoP error="insufficient_scope", scope="a, b"': SCOPE,
  'Bearer realm="a, Basic b=\\"c\\\\", DPoP error="insufficient_scope", scope="a, b"': SCOPE,
  'Bearer error="insufficient_scope", error="invalid_token"': { kind: "insufficient-scope", scope: undefined },
  'Bearer error="insufficient_user_authentication", max_age="60", acr_values="urn:a urn:b"': {
    kind: "login-required",
    maxAge: 60,
    acrValues: "urn:a urn:b",
  },
  "Bearer error=insufficient_user_authentication, max_age=soon": { kind: "login-required", maxAge: undefined, acrValues: undefined },
  'Bearer realm="error=insufficient_scope, Bearer error=insufficient_scope"': undefined,
  'Bearer error="invalid_token"': undefined,
  'Bearer error="insufficient_scope': undefined,
  'error="insufficient_scope"': undefined,
  '@ error="insufficient_scope"': undefined,
  "=,,": undefined,
};

for (const [challenge, denial] of Object.entries(CHALLENGES)) {
  test(`the challenge ${challenge}`, async () => {
    assert.deepEqual(await denialOf(answer(challenge)), denial);
  });
}

test("a body says it in the server's own words", async () => {
  const says = (body) => denialOf(answer('Bearer realm="api"', { status: 401, body }));
  assert.deepEqual(await says({ msg: "Fresh token required" }), LOGIN);
  assert.deepEqual(await says({ code: 403, error_code: "insufficient_aal", msg: "AAL2 required" }), LOGIN);
  assert.deepEqual(await says({ detail: "User is inactive", code: "user_inactive" }), { kind: "account-inactive" });
  assert.deepEqual(await says({ detail: "User not found", code: "user_not_found" }), { kind: "account-inactive" });
  assert.deepEqual(await says({ code: "user_banned", message: "User is banned" }), { kind: "account-inactive" });
});

test("everything else is the application's own business", async () => {
  for (const body of [null, [], "text", { code: "token_not_valid" }, { code: "toString" }, { msg: { code: "user_inactive" } }]) {
    assert.equal(await denialOf(answer(undefined, { body })), undefined, JSON.stringify(body));
  }
  assert.equal(await denialOf(answer(undefined, { body: { code: "user_inactive" }, type: "text/html" })), undefined);
  for (const status of [200, 400, 404, 500]) {
    const body = { code: "user_not_found" };
    assert.equal(await denialOf(answer("Bearer error=insufficient_scope", { status, body })), undefined, String(status));
  }
});

test("the answer stays whole, and its body may be read at once", async () => {
  const response = answer(undefined, { body: { code: "user_inactive" } });
  const [denial, body] = await Promise.all([denialOf(response), response.json()]);
  assert.deepEqual([denial, body], [{ kind: "account-inactive" }, { code: "user_inactive" }]);
});
