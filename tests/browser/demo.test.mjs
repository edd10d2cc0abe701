// The demo page over the demo server, used as a person uses it.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld, until } from "./harness.mjs";
import { startDemo } from "./processes.mjs";

const world = await openWorld({ django: false });
const demo = await world.keep(startDemo());

let before;

beforeEach(async () => {
  before = await stats();
});

async function stats() {
  return (await fetch(`${demo.origin}/demo/stats`)).json();
}

/** What the server has counted since the test began. */
async function counted(name) {
  return (await stats())[name] - before[name];
}

/** Ten seconds are for people. */
function shortenOutage() {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"seconds":1}' };
  return fetch(`${demo.origin}/demo/outage`, init);
}

function open(t, count = 1) {
  return world.pages(t, count, { address: `${demo.origin}/` });
}

async function signIn(page) {
  await page.click("#sign-in button");
  await page.waitForSelector("#session:not([hidden])");
}

/** Presses a button and waits for the sentence that tells what came of it. */
async function press(page, button, story) {
  await page.click(`#${button}`);
  await until(async () => story.test(await page.textContent("#narrator")), `${button}: ${story}`, 20_000);
}

/** Chromium itself reports answers of 401 and 503 on the console; nothing else may be there. */
function assertQuiet(page) {
  assert.deepEqual(page.output.filter((line) => !/^Failed to load resource: .*(401|503)/.test(line)), []);
}

test("sign in, one request, 100 requests, sign out", async (t) => {
  const [page] = await open(t);
  await page.waitForSelector("#sign-in:not([hidden])");
  await signIn(page);
  assert.equal(await page.textContent("#generation"), "1");
  await press(page, "one", /Request 1 was answered with 200 at once/);
  await press(page, "hundred", /100 requests, 100 good answers, no refresh/);
  assert.equal(await counted("requests_ok"), 101);
  await page.click("#sign-out");
  await page.waitForSelector("#sign-in:not([hidden])");
  assert.match(await page.textContent("#narrator"), /Signed out: in this tab/);
  assertQuiet(page);
});

test("a wrong password is told beside the form", async (t) => {
  const [page] = await open(t);
  await page.fill("input[name=password]", "wrong");
  await page.click("#sign-in button");
  await until(() => page.textContent("#sign-in-error"), "an error");
  assert.match(await page.textContent("#sign-in-error"), /refused the credentials: HTTP 401/);
  assertQuiet(page);
});

test("after \"Expire the token now\" a request meets a 401 and is answered all the same", async (t) => {
  const [page] = await open(t);
  await signIn(page);
  await press(page, "expire", /refuses every access token issued so far/);
  await press(page, "one", /answered with 200 after a 401, a refresh and a second try/);
  assert.match(await page.textContent("#requests li"), /retried after a 401/);
  assert.equal(await counted("refreshes"), 1);
  assert.equal(await page.textContent("#generation"), "2");
  assertQuiet(page);
});

test("after \"Expire the token now\" 100 requests share one refresh", async (t) => {
  const [page] = await open(t);
  await signIn(page);
  await press(page, "expire", /refuses every access token/);
  await press(page, "hundred", /100 requests, 100 good answers, 1 refresh/);
  assert.equal(await counted("presented_twice"), 0);
  assertQuiet(page);
});

test("two tabs share one session, its refreshes and its end", async (t) => {
  const [first, second] = await open(t, 2);
  await signIn(first);
  await second.waitForSelector("#session:not([hidden])");
  await press(first, "expire", /refuses every access token/);
  await Promise.all([press(first, "one", /answered with 200/), press(second, "one", /answered with 200/)]);
  await until(async () => (await second.textContent("#generation")) === "2", "the other tab's generation");
  assert.equal(await counted("refreshes"), 1);
  assert.equal(await counted("presented_twice"), 0);
  await second.click("#sign-out");
  await first.waitForSelector("#sign-in:not([hidden])");
  assert.match(await first.textContent("#narrator"), /Signed out: in another tab/);
  [first, second].forEach(assertQuiet);
});

test("the \"Second tab\" link opens the same session", async (t) => {
  const [page] = await open(t);
  await signIn(page);
  const [opened] = await Promise.all([page.context().waitForEvent("page"), page.click("#second-tab")]);
  await opened.waitForSelector("#session:not([hidden])");
});

test("the server goes down and comes back, and the session stays", async (t) => {
  const [page] = await open(t);
  await signIn(page);
  await press(page, "expire", /refuses every access token/);
  await press(page, "outage", /answers 503 for ten seconds/);
  await press(page, "one", /Request 1 was answered with 503/);
  await shortenOutage();
  await until(async () => (await stats()).unavailable_for_ms === 0, "the end of the outage", 15_000);
  await press(page, "one", /Request 2 was answered with 200 after a 401/);
  assert.equal(await counted("sessions_ended"), 0);
  assertQuiet(page);
});
