// The package in what bundlers make of it: it runs, the WebAssembly is there once, and backends that nobody uses are not.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { api, serve, visit } from "./browser.mjs";
import { complete, plain, serveByVite } from "./bundlers.mjs";
import { assertOnlyUsedBackends, copies } from "./marks.mjs";
import { documented, isolated, project } from "./project.mjs";

const DONE = { user: "demo", revocation: "done", status: "signed-out" };

/** A page whose `main.js` is this. */
const page = (main) => project({ "main.js": main });

async function built(t, bundle, place) {
  await bundle(place);
  const out = join(place, "out");
  const { outcome } = await visit(t, `${await serve(out)}/`);
  return { outcome, copies: copies(out), out };
}

const SLIM = {
  vite: `import wasm from "evertoken/evertoken.wasm?url";`,
  webpack: `const wasm = new URL("evertoken/evertoken.wasm", import.meta.url);`,
};

const slim = (wasm) => `
  import { createSession, simpleJwt } from "evertoken/slim";
  import { flow, report } from "./flow.js";
  ${wasm}
  report(flow({ createSession, simpleJwt, wasm }, new URLSearchParams(location.search).get("api")));`;

/** The session lives in a worker of the application's own; the page does not import the package. */
const WORKERS = {
  "a dedicated worker": {
    page: `new Worker(new URL("./worker.js", import.meta.url), { type: "module" })`,
    worker: (run) => `onmessage = async ({ data: api }) => postMessage(await ${run});`,
  },
  "a shared worker": {
    page: `new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module" }).port`,
    worker: (run) => `onconnect = ({ ports: [port] }) => (port.onmessage = async ({ data: api }) => port.postMessage(await ${run}));`,
  },
};

function inWorker({ page, worker }) {
  return project({
    "main.js": `
      const worker = ${page};
      worker.onmessage = ({ data }) => (globalThis.outcome = data);
      worker.postMessage(new URLSearchParams(location.search).get("api"));`,
    "worker.js": `
      import { createSession, simpleJwt } from "evertoken";
      import { flow } from "./flow.js";
      ${worker(`flow({ createSession, simpleJwt }, api)`)}`,
  });
}

/** Sessions that a worker keeps, each kind by itself. */
const ISOLATED = {
  "a shared worker": `new SharedWorker(new URL("./session-worker.js", import.meta.url), { type: "module" })`,
  "a worker of its own": `new Worker(new URL("./session-worker.js", import.meta.url), { type: "module" })`,
};

for (const [name, bundle] of Object.entries({ ...complete, ...plain })) {
  test(`${name}: evertoken, with evertoken/dpop beside it`, async (t) => {
    const { outcome, copies, out } = await built(t, bundle, project());
    assert.deepEqual(outcome, { ...DONE, isOneClass: true });
    assert.deepEqual(copies, { inlined: 1, files: 0 });
    assertOnlyUsedBackends(out);
  });
}

for (const [name, bundle] of Object.entries(complete)) {
  test(`${name}: evertoken/slim with the WebAssembly as a file`, async (t) => {
    const { outcome, copies, out } = await built(t, bundle, page(slim(SLIM[name])));
    assert.deepEqual(outcome, DONE);
    assert.deepEqual(copies, { inlined: 0, files: 1 });
    assertOnlyUsedBackends(out);
  });

  for (const [where, what] of Object.entries(WORKERS)) {
    test(`${name}: ${where}`, async (t) => {
      const { outcome, copies, out } = await built(t, bundle, inWorker(what));
      assert.deepEqual(outcome, DONE);
      assert.deepEqual(copies, { inlined: 1, files: 0 });
      assertOnlyUsedBackends(out);
    });
  }
}

for (const [where, worker] of Object.entries(ISOLATED)) {
  for (const [name, bundle] of Object.entries(complete)) {
    test(`${name}: evertoken/isolated with ${where}`, async (t) => {
      const { outcome, copies, out } = await built(t, bundle, isolated(worker, api));
      assert.deepEqual(outcome, { ...DONE, isOneClass: true });
      assert.deepEqual(copies, { inlined: 1, files: 0 });
      assertOnlyUsedBackends(out);
    });
  }

  test(`vite's development server: evertoken/isolated with ${where}`, async (t) => {
    const { outcome } = await visit(t, await serveByVite(t, isolated(worker, api)));
    assert.deepEqual(outcome, { ...DONE, isOneClass: true });
  });

  // Of workers they know nothing: their script is a second entry.
  for (const [name, bundle] of Object.entries(plain)) {
    test(`${name}: evertoken/isolated with ${where}, a second entry`, async (t) => {
      const { outcome, copies, out } = await built(t, (place) => bundle(place, ["main.js", "session-worker.js"]), isolated(worker, api));
      assert.deepEqual(outcome, { ...DONE, isOneClass: true });
      assert.deepEqual(copies, { inlined: 1, files: 0 });
      assertOnlyUsedBackends(out);
    });
  }
}

for (const [name, bundle] of Object.entries(complete)) {
  test(`${name}: the session of docs/isolation.md`, async (t) => {
    const { outcome, copies } = await built(t, bundle, documented(api));
    assert.deepEqual(outcome, DONE);
    assert.deepEqual(copies, { inlined: 1, files: 0 });
  });
}

test("vite's development server: the session of docs/isolation.md", async (t) => {
  const { outcome } = await visit(t, await serveByVite(t, documented(api)));
  assert.deepEqual(outcome, DONE);
});

test("vite's development server: evertoken", async (t) => {
  const { outcome } = await visit(t, await serveByVite(t, project()));
  assert.deepEqual(outcome, { ...DONE, isOneClass: true });
});

test("vite's development server: evertoken/slim", async (t) => {
  const { outcome } = await visit(t, await serveByVite(t, page(slim(SLIM.vite))));
  assert.deepEqual(outcome, DONE);
});
