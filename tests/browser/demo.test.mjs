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

/** What a page's timeline shows: of each lane its tab, and how many marks of each kind it has. */
function lanes(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("#lanes .lane")].map((lane) => ({
      tab: lane.querySelector("b").textContent,
      isOwn: lane.textContent.includes("this tab"),
      requests: lane.querySelectorAll(".request").length,
      retried: lane.querySelectorAll(".request.retried").length,
      refreshes: lane.querySelectorAll(".refresh.good").length,
      failed: lane.querySelectorAll(".refresh.bad").length,
      generations: [...lane.querySelectorAll(".generation")].map((mark) => mark.dataset.text),
    })),
  );
}

const sum = (lanes, name) => lanes.reduce((total, lane) => total + lane[name], 0);

test("timeline: in each of three tabs all see 300 requests and the one refresh that they share", async (t) => {
  const tabs = await open(t, 3);
  const [first] = tabs;
  await signIn(first);
  for (const tab of tabs) await tab.waitForSelector("#session:not([hidden])");
  await press(first, "stampede", /100 requests, 100 good answers/);
  await until(async () => /: 3 tabs, 300 requests, \d refresh/.test(await first.textContent("#timeline-summary")), "the sum");
  for (const tab of tabs) {
    await until(async () => sum(await lanes(tab), "retried") === 300, "every request's mark", 20_000);
    const seen = await lanes(tab);
    assert.deepEqual(seen.map(({ tab }) => tab), ["Tab 1", "Tab 2", "Tab 3"]);
    assert.equal(seen.filter(({ isOwn }) => isOwn).length, 1);
    assert.deepEqual(seen.map(({ requests }) => requests), [100, 100, 100]);
    // Should this take long, there will be a third generation.
    const [refresher, ...others] = seen.filter(({ generations }) => generations.includes("2 · refreshed here")).map(({ tab }) => tab);
    assert.deepEqual(others, []);
    const adopted = seen.filter(({ generations }) => generations.includes(`2 · refreshed by ${refresher.toLowerCase()}`));
    assert.equal(adopted.length, 2);
  }
  assert.equal(await counted("presented_twice"), 0);
  tabs.forEach(assertQuiet);
});

test("timeline: a tab that comes later sees what was before it, and one that is closed takes its lane along", async (t) => {
  const [first] = await open(t);
  await signIn(first);
  await press(first, "one", /Request 1 was answered/);
  const second = await first.context().newPage();
  await second.goto(`${demo.origin}/`);
  await until(async () => sum(await lanes(second), "requests") === 1, "the first tab's past");
  await until(async () => (await lanes(second)).at(1)?.generations.length, "its own session");
  const [other, own] = await lanes(second);
  assert.deepEqual([other.tab, other.isOwn, own.tab, own.isOwn], ["Tab 1", false, "Tab 2", true]);
  assert.deepEqual([other.generations, own.generations], [["1 · signed in"], ["1 · found"]]);
  await until(async () => (await lanes(first)).length === 2, "the second tab's lane");
  await second.close();
  await until(async () => (await lanes(first)).length === 1, "the end of its lane");
});

test("timeline: an outage is a refresh that failed, and the one that is tried again", async (t) => {
  const [page] = await open(t);
  await signIn(page);
  await press(page, "expire", /refuses every access token/);
  await page.evaluate(() => {
    // The API is up, and its token endpoint is not.
    const network = globalThis.fetch;
    let isDown = true;
    globalThis.fetch = (input, init) => {
      if (!isDown || !String(input).endsWith("/refresh/")) return network(input, init);
      isDown = false;
      return Promise.resolve(new Response("down", { status: 503 }));
    };
  });
  await press(page, "one", /Request 1 was answered with 401/);
  await until(async () => sum(await lanes(page), "failed") === 1, "the refresh that failed");
  assert.equal(await page.getAttribute(".refresh.bad", "data-text"), "503");
  await until(async () => sum(await lanes(page), "refreshes") === 1, "the next try", 20_000);
  assertQuiet(page);
});

function positionOf(page) {
  return page.evaluate(() => document.querySelector(".strip").style.transform);
}

test("timeline: it moves, and stands still while \"Pause\" is pressed, by keyboard, too", async (t) => {
  const [page] = await open(t);
  await signIn(page);
  const position = () => positionOf(page);
  const before = await position();
  await until(async () => (await position()) !== before, "a move");
  await page.focus("#pause");
  await page.keyboard.press("Enter");
  assert.equal(await page.getAttribute("#pause", "aria-pressed"), "true");
  const frame = () => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await frame();
  const paused = await position();
  await frame();
  assert.equal(await position(), paused);
  await page.keyboard.press("Enter");
  await until(async () => (await position()) !== paused, "a move after that");
});

test("timeline: where motion is unwanted it moves in steps of a second", async (t) => {
  const before = () => {
    const request = globalThis.requestAnimationFrame;
    globalThis.animationFrames = 0;
    globalThis.requestAnimationFrame = (run) => request(run, (globalThis.animationFrames += 1));
  };
  const [page] = await world.pages(t, 1, { address: `${demo.origin}/`, before });
  const drawn = () => page.evaluate(() => globalThis.animationFrames);
  const move = async () => {
    const position = await positionOf(page);
    await until(async () => (await positionOf(page)) !== position, "a move");
  };
  await page.waitForSelector(".strip", { state: "attached" });
  await until(drawn, "a frame");
  await page.emulateMedia({ reducedMotion: "reduce" });
  await move();
  await move();
  const frames = await drawn();
  await move();
  assert.equal(await drawn(), frames);
});
