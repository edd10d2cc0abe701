// Downloads and uploads that tell how far they are.
import assert from "node:assert/strict";
import test from "node:test";
import { sendJson } from "../browser/servers.mjs";
import { openWorld } from "./harness.mjs";

const SIZE = 2_000_000;

const { api, page: open } = await openWorld({
  "/file": (request, response) => response.writeHead(200, { "content-length": SIZE }).end("x".repeat(SIZE)),
  "/upload": ({ body }, response) => sendJson(response, 200, { size: body.length }),
});

/** A page with `told`, what progress has been told, and the recipe. */
async function start(t, recipe) {
  const page = await open(t, ["session.js", recipe]);
  await page.evaluate(async () => {
    globalThis.told = [];
    globalThis.progress = (loaded, total) => told.push({ loaded, total });
    // `session.refresh()` does not replace what is younger.
    await when(() => Date.now() > session.state.receivedAt + 1000);
  });
  return page;
}

function assertGrows(told) {
  assert.deepEqual(told.at(-1), { loaded: SIZE, total: SIZE });
  assert.ok(told.every(({ loaded }, index) => index === 0 || loaded >= told[index - 1].loaded));
}

test("a download is counted, and begins with a token that is accepted", async (t) => {
  const page = await start(t, "download.js");
  api.revoke();
  const size = await page.evaluate(async (url) => (await download(url, progress)).size, `${api.origin}/file`);
  assert.equal(size, SIZE);
  assert.equal(api.refreshes, 1);
  const told = await page.evaluate(() => told);
  assert.ok(told.length > 1);
  assertGrows(told);
});

test("a download is aborted in the middle", async (t) => {
  const page = await start(t, "download.js");
  const name = await page.evaluate((url) => {
    const controller = new AbortController();
    return download(url, () => controller.abort(), controller.signal).catch((error) => error.name);
  }, `${api.origin}/file`);
  assert.equal(name, "AbortError");
});

test("uploads by XMLHttpRequest share a refresh and go out once more", async (t) => {
  const page = await start(t, "upload.js");
  api.revoke();
  const answers = await page.evaluate(async ({ url, size }) => {
    const send = () => upload(url, new Blob(["x".repeat(size)]), progress);
    const requests = await Promise.all([send(), send()]);
    return requests.map(({ status, responseText }) => ({ status, ...JSON.parse(responseText) }));
  }, { url: `${api.origin}/upload`, size: SIZE });
  assert.deepEqual(answers, Array(2).fill({ status: 200, size: SIZE }));
  assert.equal(api.refreshes, 1);
  assert.equal(api.sent("/upload").length, 4);
  const told = await page.evaluate(() => told);
  assert.deepEqual(told.at(-1), { loaded: SIZE, total: SIZE });
});

test("an upload by XMLHttpRequest is aborted with the caller's reason, and ends with the session's code", async (t) => {
  const page = await start(t, "upload.js");
  const aborted = await page.evaluate((url) => {
    const controller = new AbortController();
    const sending = upload(url, "text", progress, controller.signal).catch((error) => error.message);
    controller.abort(new Error("not any more"));
    return sending;
  }, `${api.origin}/upload`);
  assert.equal(aborted, "not any more");
  api.end();
  const code = await page.evaluate((url) => upload(url, "text", progress).catch((error) => error.code), `${api.origin}/upload`);
  assert.equal(code, "rejected");
});
