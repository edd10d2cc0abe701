// The README's first use, as a new user does it, but for the commands that fetch Vite.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import test from "node:test";
import { root } from "../browser/processes.mjs";
import { api, visit } from "./browser.mjs";
import { serveByVite } from "./bundlers.mjs";
import { project, tarball } from "./project.mjs";

const [, section] = readFileSync(join(root, "README.md"), "utf8").split(/^## First use in JavaScript$/m);
const [, program] = section.match(/^```js\n(.*?)^```$/ms);

test("the commands name the tarball", () => {
  assert.ok(section.includes(`npm install path/to/evertoken/${basename(tarball)}`));
});

test("the program shows the demo's answer", async (t) => {
  assert.ok(program.includes('"http://127.0.0.1:8080"'));
  const here = program.replace("http://127.0.0.1:8080", api);
  const address = await serveByVite(t, project({ "main.js": `${here}\nglobalThis.outcome = document.body.textContent;` }));
  const { outcome } = await visit(t, address);
  assert.match(outcome, /"user":"demo"/);
});
