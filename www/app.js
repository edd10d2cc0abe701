// The demo page. What an application needs of evertoken is in `start` and in the three calls session.signIn, session.fetch
// and session.signOut; all the rest only shows what happens.

import { takeOwnRefresh } from "./network.js";
import { debugLines } from "/pkg/debug.js";
import { createSession, simpleJwt } from "/pkg/evertoken.js";
import { showLife } from "./bar.js";
import { logBurst, logEvent, logRequest } from "./log.js";
import { createMarks } from "./marks.js";
import { send, sendMany, succeeded } from "./requests.js";
import { control, watchServer } from "./server.js";
import { joinTabs } from "./tabs.js";
import { count, milliseconds, seconds } from "./text.js";
import { Timeline } from "./timeline.js";

const byId = (id) => document.getElementById(id);
const totals = { answered: 0, failed: 0, waited: 0, retried: 0 };
const timeline = new Timeline();
const marks = createMarks(mark);
let session;
let tabs;

async function start() {
  tabs = await joinTabs({
    heard: (number, told) => timeline.show(number, told),
    left: (number) => timeline.remove(number),
    asked: hundred,
    known: () => timeline.marksOf(tabs.number),
  });
  session = await createSession({
    backend: simpleJwt(new URL("/api/token/", location.href)),
    refreshAhead: 5,
    debug: debugLines(marks.line),
  });
  if (session.state.status === "signed-in") marks.found(session.state);
  timeline.show(tabs.number, [], true);
  timeline.start();
  listen();
  wire();
  byId("starting").hidden = true;
  byId("page").hidden = false;
  show();
  setInterval(show, 250);
  watchServer();
}

// What the page shows

function show() {
  const { state } = session;
  const signedIn = state.status === "signed-in";
  byId("session").hidden = !signedIn;
  byId("sign-in").hidden = signedIn;
  for (const id of ["one", "hundred", "expire", "stampede"]) byId(id).disabled = !signedIn;
  if (signedIn) showLife(state);
}

/** Says in one sentence what has just happened, on the page and to screen readers. */
function narrate(text) {
  byId("narrator").textContent = text;
}

function addToTotals(request) {
  totals[succeeded(request) ? "answered" : "failed"] += 1;
  totals.waited += request.waited;
  totals.retried += request.retried;
  const { answered, failed, waited, retried } = totals;
  byId("totals").textContent = `${answered} answered, ${failed} failed, ${waited} waited, ${retried} retried`;
}

/** Something has begun or ended here: it goes on the timeline of every tab. */
function mark(mark) {
  timeline.show(tabs.number, [mark], true);
  tabs.tell(mark);
}

// What the session tells

const REASONS = {
  rejected: "the server refused the refresh token",
  interrupted: "the server refused the refresh token after an answer that was lost",
  "signed-out-here": "in this tab",
  "signed-out-elsewhere": "in another tab",
  replaced: "somebody signed in anew",
};

function listen() {
  const events = byId("events");
  session.on("signed-in", (event) => {
    logEvent(events, "good", "Signed in", `generation ${event.generation}`);
    show();
  });
  session.on("refreshed", (event) => {
    const own = takeOwnRefresh();
    const by = own === null ? "by another tab" : `by this tab, ${milliseconds(own)}`;
    logEvent(events, "good", `Generation ${event.generation}`, by);
    show();
  });
  session.on("refresh-failed", (event) => {
    takeOwnRefresh();
    logEvent(events, "bad", "Refresh failed", `${event.error.code}, next try in ${seconds(event.retryAt - Date.now())}`);
  });
  session.on("store-failed", (event) => {
    logEvent(events, "bad", "Not stored", event.error.message);
  });
  session.on("signed-out", (event) => {
    const reason = REASONS[event.reason];
    logEvent(events, "bad", "Signed out", reason);
    narrate(`Signed out: ${reason}.`);
    show();
  });
}

// What the person does

function wire() {
  byId("sign-in-form").addEventListener("submit", signIn);
  byId("sign-out").addEventListener("click", signOut);
  byId("one").addEventListener("click", one);
  byId("hundred").addEventListener("click", hundred);
  byId("expire").addEventListener("click", () => press("/demo/expire", {}, EXPIRED));
  byId("stampede").addEventListener("click", stampede);
  byId("outage").addEventListener("click", () => press("/demo/outage", { seconds: 10 }, OUTAGE));
}

const EXPIRED = "The server refuses every access token issued so far. Send a request: it will be answered all the same.";
const OUTAGE = "The server answers 503 for ten seconds. The session stays, and refreshes when the server is back.";

async function signIn(submit) {
  submit.preventDefault();
  const form = submit.target;
  const [username, password] = ["username", "password"].map((name) => form.elements[name].value);
  byId("sign-in-error").textContent = "";
  try {
    await session.signIn({ username, password });
    show();
    narrate(`Signed in as ${username}.`);
    byId("session-title").focus();
  } catch (error) {
    byId("sign-in-error").textContent = error.message;
  }
}

async function signOut() {
  await session.signOut().catch((error) => narrate(`Signed out here, but not at the server: ${error.message}`));
  show();
  byId("sign-in-form").elements.username.focus();
}

async function one() {
  const request = send(session);
  marks.request(request);
  logRequest(byId("requests"), request);
  addToTotals(await request.done);
  const how = request.retried ? "after a 401, a refresh and a second try" : request.waited ? "after a refresh" : "at once";
  if (request.error) narrate(`Request ${request.number} failed: ${request.error.message}`);
  else narrate(`Request ${request.number} was answered with ${request.status} ${how}, in ${milliseconds(request.duration)}.`);
}

async function hundred() {
  const burst = sendMany(session, 100);
  burst.requests.forEach(marks.request);
  logBurst(byId("requests"), burst);
  await burst.done;
  burst.requests.forEach(addToTotals);
  const answered = burst.requests.filter(succeeded).length;
  const refreshes = burst.refreshes ? count(burst.refreshes, "refresh", "refreshes") : "no refresh";
  narrate(`100 requests, ${answered} good answers, ${refreshes}, in ${milliseconds(burst.duration)}.`);
}

async function stampede() {
  await press("/demo/expire", {}, EXPIRED);
  tabs.stampede();
  await hundred();
}

async function press(path, body, story) {
  try {
    await control(path, body);
    narrate(story);
  } catch (error) {
    narrate(`The demo server did not do that: ${error.message}`);
  }
}

start().catch((error) => {
  byId("starting").textContent = `The page could not start: ${error.message}`;
});
