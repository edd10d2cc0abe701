// Pages without a bundler, which load the package's files as they are.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { api, serve, visit } from "./browser.mjs";
import { installed, isolated, project } from "./project.mjs";

const DONE = { user: "demo", revocation: "done", status: "signed-out" };

const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));

/** As a page says to which file of the package a name leads. */
const importMap = JSON.stringify({
  imports: Object.fromEntries(
    Object.entries(exports)
      .filter(([, target]) => target.default)
      .map(([entry, target]) => [entry.replace(/^\./, "evertoken"), target.default.replace(/^\./, "/node_modules/evertoken")]),
  ),
});

function plainPage(main) {
  return withImportMap(project(main && { "main.js": main }));
}

function withImportMap(place) {
  const page = readFileSync(join(place, "index.html"), "utf8");
  writeFileSync(join(place, "index.html"), page.replace("<script", `<script type="importmap">${importMap}</script>\n<script`));
  return place;
}

const ask = `flow({ createSession, simpleJwt }, new URLSearchParams(location.search).get("api"))`;
const byPath = `
  import { createSession, simpleJwt } from "./node_modules/evertoken/dist/evertoken.js";
  import { flow, report } from "./flow.js";
  report(${ask});`;

test("by an import map: all entries, and one class of errors", async (t) => {
  const { outcome } = await visit(t, `${await serve(plainPage())}/`);
  assert.deepEqual(outcome, { ...DONE, isOneClass: true });
});

test("by its path: the package is three files", async (t) => {
  const { outcome, scripts } = await visit(t, `${await serve(project({ "main.js": byPath }))}/`);
  assert.deepEqual(outcome, DONE);
  const package_ = scripts.filter((path) => path.includes("node_modules"));
  assert.deepEqual(package_.map((path) => path.split("/").at(-1)).sort(), ["errors.js", "evertoken.js", "shared.js"]);
});

test("evertoken/slim streams the WebAssembly from an address", async (t) => {
  const main = `
    import { createSession, simpleJwt } from "evertoken/slim";
    import { flow, report } from "./flow.js";
    const wasm = "./node_modules/evertoken/dist/evertoken.wasm";
    report(flow({ createSession, simpleJwt, wasm }, new URLSearchParams(location.search).get("api")));`;
  const { outcome, scripts } = await visit(t, `${await serve(plainPage(main))}/`);
  assert.deepEqual(outcome, DONE);
  assert.ok(!scripts.some((path) => path.endsWith("/evertoken.js")));
});

for (const [where, worker, answer] of [
  ["a dedicated worker", `new Worker("./worker.js", { type: "module" })`, `onmessage = async ({ data: api }) => postMessage(await FLOW);`],
  [
    "a shared worker",
    `new SharedWorker("./worker.js", { type: "module" }).port`,
    `onconnect = ({ ports: [port] }) => (port.onmessage = async ({ data: api }) => port.postMessage(await FLOW));`,
  ],
]) {
  test(where, async (t) => {
    const place = project({
      "main.js": `
        const worker = ${worker};
        worker.onmessage = ({ data }) => (globalThis.outcome = data);
        worker.postMessage(new URLSearchParams(location.search).get("api"));`,
      "worker.js": `
        import { createSession, simpleJwt } from "./node_modules/evertoken/dist/evertoken.js";
        import { flow } from "./flow.js";
        ${answer.replace("FLOW", "flow({ createSession, simpleJwt }, api)")}`,
    });
    const { outcome } = await visit(t, `${await serve(place)}/`);
    assert.deepEqual(outcome, DONE);
  });
}

const policy = (scripts) => `default-src 'none'; script-src ${scripts}; connect-src ${api}; img-src data:`;

/** As docs/isolation.md has it; its one inline script is the import map. */
const PAGE_POLICY = `default-src 'none'; script-src 'self' 'unsafe-inline'; worker-src 'self'; img-src data:`;

test("under a policy with 'wasm-unsafe-eval'", async (t) => {
  const { outcome } = await visit(t, `${await serve(project({ "main.js": byPath }), policy("'self' 'wasm-unsafe-eval'"))}/`);
  assert.deepEqual(outcome, DONE);
});

test("under a policy without it: wasm-blocked", async (t) => {
  const { outcome } = await visit(t, `${await serve(project({ "main.js": byPath }), policy("'self'"))}/`);
  assert.deepEqual([outcome.name, outcome.code], ["EvertokenError", "wasm-blocked"]);
  assert.match(outcome.message, /'wasm-unsafe-eval'/);
});

for (const [where, kind] of Object.entries({ "a dedicated": "Worker", "a shared": "SharedWorker" })) {
  test(`a session in ${where} worker, under a policy that forbids the page itself the WebAssembly and the API`, async (t) => {
    const place = withImportMap(isolated(`new ${kind}("./session-worker.js", { type: "module" })`, api));
    // Workers know no import maps.
    const worker = readFileSync(join(place, "session-worker.js"), "utf8");
    writeFileSync(join(place, "session-worker.js"), worker.replace('"evertoken/worker"', '"./node_modules/evertoken/dist/worker.js"'));
    const csp = ({ pathname }) => (pathname.endsWith("session-worker.js") ? policy("'self' 'wasm-unsafe-eval'") : PAGE_POLICY);
    const { outcome } = await visit(t, `${await serve(place, csp)}/`);
    assert.deepEqual(outcome, { ...DONE, isOneClass: true });
  });
}
