// Streamed uploads, over HTTP/2.
import assert from "node:assert/strict";
import test from "node:test";
import { generate } from "selfsigned";
import { sendJson } from "../browser/servers.mjs";
import { openWorld } from "./harness.mjs";

const SIZE = 6_000_000;

const { private: key, cert } = await generate([{ name: "commonName", value: "127.0.0.1" }]);
const answers = { "/upload": ({ body }, response) => sendJson(response, 200, { size: body.length }) };
const launch = { args: ["--ignore-certificate-errors"] };
const { api, page: open } = await openWorld(answers, { tls: { key, cert }, launch });

/** Each sends `file` and tells `progress`; it resolves to the status. */
const uploads = {
  "upload-stream.js": () => uploadStream(url, file, progress).then(({ status }) => status),
  "axios.js": () =>
    api
      .post("/upload", file, { onUploadProgress: ({ loaded, total }) => progress(loaded, total), validateStatus: null })
      .then(({ status }) => status),
  "ky.js": () =>
    api
      .post("upload", { body: file, onUploadProgress: (now) => progress(now.transferredBytes, now.totalBytes), throwHttpErrors: false })
      .then(({ status }) => status),
};

for (const [recipe, upload] of Object.entries(uploads)) {
  const start = async (t) => {
    const page = await open(t, ["session.js", recipe]);
    await page.evaluate(({ url, size }) => {
      const told = [];
      const progress = (loaded, total) => told.push({ loaded, total });
      Object.assign(globalThis, { url, told, progress, file: new Blob(["x".repeat(size)]) });
    }, { url: `${api.origin}/upload`, size: SIZE });
    return page;
  };

  test(`${recipe}: a streamed upload is counted, and goes out with a token that lives`, async (t) => {
    const page = await start(t);
    await page.evaluate((pair) => session.adopt({ ...pair, access: "opaque", expiresIn: 0 }), api.issue());
    assert.equal(await page.evaluate(upload), 200);
    assert.equal(api.refreshes, 1);
    const sent = api.sent("/upload");
    assert.deepEqual(sent.map(({ body }) => body.length), [SIZE]);
    await page.evaluate((size) => when(() => told.at(-1).loaded === size), SIZE);
    assert.ok((await page.evaluate(() => told)).length > 1);
  });

  test(`${recipe}: the 401 of a streamed upload is the caller's`, async (t) => {
    const page = await start(t);
    api.revoke();
    assert.equal(await page.evaluate(upload), 401);
    assert.equal(api.sent("/upload").length, 1);
  });
}
