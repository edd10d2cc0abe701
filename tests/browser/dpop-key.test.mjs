// The key of DPoP: one for all tabs, kept by the browser, and missed when it is gone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { DpopServer, proofOf } from "./dpop-server.mjs";
import { openWorld } from "./harness.mjs";
import { packageDirectory } from "./processes.mjs";

const world = await openWorld({ django: false });

const thumbprint = (page, options) =>
  page.evaluate(async (options) => (await (await import("/pkg/dpop.js")).dpopKey(options)).thumbprint, options);

/** How the making of a key ends. */
const refusal = async (page, options) => {
  const { error } = await page.evaluate(async (options) => {
    const { dpopKey } = await import("/pkg/dpop.js");
    return outcome(dpopKey(options));
  }, options);
  return error && { code: error.code, message: error.message, evertoken: error.evertoken };
};

test("tabs that make it at once end with one key, and a reload finds it again", async (t) => {
  const tabs = await world.pages(t, 4);
  const keys = new Set(await Promise.all(tabs.map((tab) => thumbprint(tab))));
  assert.equal(keys.size, 1);
  await tabs[0].reload();
  assert.ok(keys.has(await thumbprint(tabs[0])));
});

test("another name is another key", async (t) => {
  const page = await world.page(t);
  assert.notEqual(await thumbprint(page), await thumbprint(page, { name: "admin" }));
});

test("no script reads the private half", async (t) => {
  const page = await world.page(t);
  await thumbprint(page);
  const outcome = await page.evaluate(async () => {
    const { privateKey } = await stored(["default", "dpop"]);
    return [privateKey.extractable, await crypto.subtle.exportKey("pkcs8", privateKey).catch(({ name }) => name)];
  });
  assert.deepEqual(outcome, [false, "InvalidAccessError"]);
});

test("what is under its name and is no key is replaced", async (t) => {
  const page = await world.page(t);
  await page.evaluate(() => putStored("garbage", ["default", "dpop"]));
  assert.equal(await thumbprint(page), await thumbprint(page));
});

test("a pair of the caller's own needs no IndexedDB", async (t) => {
  const page = await world.page(t);
  const same = await page.evaluate(async () => {
    Object.defineProperty(globalThis, "indexedDB", { value: undefined });
    const { dpopKey } = await import("/pkg/dpop.js");
    const keyPair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
    const [one, other] = await Promise.all([dpopKey({ keyPair }), dpopKey({ keyPair })]);
    return one.thumbprint === other.thumbprint;
  });
  assert.ok(same);
  const { code, evertoken } = await refusal(page);
  assert.deepEqual([code, evertoken], ["store-unavailable", true]);
});

test("options that make no sense are named", async (t) => {
  const page = await world.page(t);
  for (const [options, field] of [
    [{ name: "" }, "name"],
    [{ name: 1 }, "name"],
    [{ keyPair: {} }, "keyPair"],
    [{ keyPair: null }, "keyPair"],
    [{ key: 1 }, "key"],
  ]) {
    const { code, message } = await refusal(page, options);
    assert.equal(code, "invalid-option");
    assert.ok(message.includes(`"${field}"`), message);
  }
});

test("the session's option takes a key and nothing else, and no placement beside it", async (t) => {
  const page = await world.page(t);
  const results = await page.evaluate(async () => {
    const { dpopKey } = await import("/pkg/dpop.js");
    const backend = oauth2({ tokenEndpoint: "https://as.example.com/token", clientId: "spa" });
    const dpop = await dpopKey();
    const options = [{ dpop: {} }, { dpop: true }, { dpop: null }, { dpop, placement: { scheme: "Bearer" } }];
    return Promise.all(options.map((options) => outcome(start({ backend, ...options }))));
  });
  for (const { error } of results) assert.deepEqual([error.code, /"dpop"/.test(error.message)], ["invalid-option", true]);
});

test("a token of another key is not sent: the error says what has happened", async (t) => {
  const server = new DpopServer();
  const { origin, requests } = await world.server(server.answers);
  const page = await world.page(t);
  const lost = await thumbprint(page, { name: "before" });
  const error = await page.evaluate(
    async ({ origin, issued }) => {
      const { dpopKey } = await import("/pkg/dpop.js");
      const backend = oauth2({ tokenEndpoint: `${origin}/token`, clientId: "spa" });
      const session = await start({ backend, dpop: await dpopKey() });
      await session.adopt({ access: issued.access_token, refresh: issued.refresh_token });
      return (await outcome(session.fetch(`${origin}/items/`))).error;
    },
    { origin, issued: server.issue(lost) },
  );
  assert.deepEqual([error.code, error.evertoken], ["dpop-key-lost", true]);
  assert.deepEqual(requests(), []);
});

test("the tabs of a session prove with one key, whoever refreshes", async (t) => {
  const server = new DpopServer();
  const { origin, requests } = await world.server(server.answers);
  const tabs = await world.pages(t, 2);
  for (const tab of tabs) {
    await tab.evaluate(async (origin) => {
      const { dpopKey } = await import("/pkg/dpop.js");
      const backend = oauth2({ tokenEndpoint: `${origin}/token`, clientId: "spa" });
      globalThis.session = await start({ backend, dpop: await dpopKey(), store: "indexeddb" });
    }, origin);
  }
  const issued = server.issue(await thumbprint(tabs[0]));
  await tabs[0].evaluate(
    ({ access_token, refresh_token }) => session.adopt({ access: access_token, refresh: refresh_token, expiresIn: 0 }),
    issued,
  );
  await tabs[1].evaluate(() => when(() => session.state.status === "signed-in"));
  const ask = (tab) => tab.evaluate((origin) => outcome(session.fetch(`${origin}/items/`)), origin);
  assert.deepEqual(await Promise.all(tabs.map(ask)), [{ value: 200 }, { value: 200 }]);
  assert.equal(requests().filter(({ pathname }) => pathname === "/token").length, 1);
  assert.equal(new Set(requests().map((request) => proofOf(request).thumbprint)).size, 1);
});

test("pages without DPoP load none of it", () => {
  const [dpop, ...others] = ["dpop.js", "evertoken.js", "shared.js", "errors.js"].map((file) => readFileSync(join(packageDirectory, file), "utf8"));
  assert.ok(dpop.includes("dpop+jwt") && !others.join().includes("dpop+jwt"));
});
