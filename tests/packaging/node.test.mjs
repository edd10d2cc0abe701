// The package in Node: modules, and `require()` of them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test, { after } from "node:test";
import { promisify } from "node:util";
import { startDemo } from "../browser/processes.mjs";
import { project } from "./project.mjs";

const demo = await startDemo();
after(() => demo.stop());

const DONE = { user: "demo", revocation: "done", status: "signed-out" };

/** Runs a program and returns what it prints, which is JSON. */
async function run(name, text) {
  const options = { cwd: project({ [name]: text }), timeout: 30_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [name, demo.origin], options);
  return JSON.parse(stdout);
}

const print = (outcome) => `console.log(JSON.stringify(${outcome}));`;

test("import", async () => {
  const outcome = await run("program.js", `
    import { createSession, simpleJwt } from "evertoken";
    import { flow } from "./flow.js";
    ${print("await flow({ createSession, simpleJwt }, process.argv[2])")}`);
  assert.deepEqual(outcome, DONE);
});

test("import of evertoken/slim with the WebAssembly from the disk", async () => {
  const outcome = await run("program.js", `
    import { readFile } from "node:fs/promises";
    import { createSession, simpleJwt } from "evertoken/slim";
    import { flow } from "./flow.js";
    const wasm = () => readFile(new URL(import.meta.resolve("evertoken/evertoken.wasm")));
    ${print("await flow({ createSession, simpleJwt, wasm }, process.argv[2])")}`);
  assert.deepEqual(outcome, DONE);
});

test("require()", async () => {
  const outcome = await run("program.cjs", `
    const { readFileSync } = require("node:fs");
    const evertoken = require("evertoken");
    const slim = require("evertoken/slim");
    const { dpopKey } = require("evertoken/dpop");
    const { flow } = require("./flow.js");
    const wasm = readFileSync(require.resolve("evertoken/evertoken.wasm"));
    (async () => {
      const isOneClass = await dpopKey({ name: "" }).catch((error) => error instanceof evertoken.EvertokenError);
      const all = [await flow(evertoken, process.argv[2]), await flow({ ...slim, wasm }, process.argv[2]), isOneClass];
      ${print("all")}
    })();`);
  assert.deepEqual(outcome, [DONE, DONE, true]);
});
