// Server-sent events.
import assert from "node:assert/strict";
import test from "node:test";
import { until } from "../browser/harness.mjs";
import { openWorld } from "./harness.mjs";

/** The answers that are still being written. */
const streams = [];

const head = { "content-type": "text/event-stream" };

const { api, page: open } = await openWorld({
  "/events"(request, response) {
    response.writeHead(200, head).write(`retry: 10\nid: ${streams.length}\ndata: event ${streams.length}\n\n`);
    streams.push(response);
  },
  "/answers"({ body }, response) {
    response.writeHead(200, head).write(body.split(" ").map((word) => `data: ${word}\n\n`).join(""));
    if (body === "endless") streams.push(response);
    else response.end();
  },
});

async function start(t) {
  streams.length = 0;
  const page = await open(t, ["session.js", "events.js"]);
  await page.evaluate(() => {
    globalThis.heard = [];
    globalThis.close = listen((data) => heard.push(data));
  });
  await until(() => streams.length === 1, "the first connection");
  return page;
}

test("EventSource: it connects again with a new token, and says what it has heard", async (t) => {
  const page = await start(t);
  api.revoke();
  streams[0].end();
  await until(() => streams.length === 2, "the second connection");
  await page.evaluate(() => when(() => heard.includes("event 1")));
  assert.equal(api.refreshes, 1);
  assert.equal(api.sent("/events").at(-1).headers["last-event-id"], "0");
});

test("EventSource: a sign-out closes it", async (t) => {
  const page = await start(t);
  await page.evaluate(() => session.signOut());
  await until(() => streams[0].destroyed, "the server sees it close");
});

test("a POST's stream of events is sent again after a 401", async (t) => {
  const page = await open(t, ["session.js", "event-stream.js"]);
  api.revoke();
  const words = await page.evaluate(() => Array.fromAsync(ask("all of these words")));
  assert.deepEqual(words, ["all", "of", "these", "words"]);
  assert.equal(api.refreshes, 1);
});

test("who stops listening to a POST's stream ends the request", async (t) => {
  streams.length = 0;
  const page = await open(t, ["session.js", "event-stream.js"]);
  const first = await page.evaluate(async () => {
    for await (const word of ask("endless")) return word;
  });
  assert.equal(first, "endless");
  await until(() => streams[0].destroyed, "the server sees it close");
});
