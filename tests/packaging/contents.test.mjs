// What is packed, and what package managers and bundlers are told about it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { contents, installed, tarball } from "./project.mjs";

const modules = fileURLToPath(new URL("node_modules/.bin/", import.meta.url));
const read = (file) => readFileSync(join(installed, file), "utf8");
const manifest = JSON.parse(read("package.json"));

const FILES = [
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
  "package.json",
  "dist/debug.d.ts",
  "dist/debug.js",
  "dist/dpop.d.ts",
  "dist/dpop.js",
  "dist/errors.js",
  "dist/evertoken.d.ts",
  "dist/evertoken.js",
  "dist/evertoken.wasm",
  "dist/isolated.d.ts",
  "dist/isolated.js",
  "dist/shared.js",
  "dist/slim.d.ts",
  "dist/slim.js",
  "dist/types/answers.d.ts",
  "dist/types/api.d.ts",
  "dist/types/backends.d.ts",
  "dist/types/custom-backend.d.ts",
  "dist/types/errors.d.ts",
  "dist/types/events.d.ts",
  "dist/types/options.d.ts",
  "dist/types/session.d.ts",
  "dist/types/stores.d.ts",
  "dist/worker.d.ts",
  "dist/worker.js",
];

test("exactly these files are packed", () => {
  assert.deepEqual([...contents].sort(), [...FILES].sort());
});

test("publint has nothing to say", async () => {
  const packed = readFileSync(tarball);
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.length) } });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test("every way to resolve the types finds those of a module", () => {
  const options = [tarball, "--profile", "esm-only", "--exclude-entrypoints", "evertoken.wasm", "--no-emoji", "--no-color"];
  execFileSync(join(modules, "attw"), options, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
});

test("nothing is needed besides, and importing does nothing by itself", () => {
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies, manifest.optionalDependencies], [undefined, undefined, undefined]);
  assert.deepEqual([manifest.type, manifest.sideEffects, manifest.scripts], ["module", false, undefined]);
});

test("no file asks for its own address, which bundlers would follow", () => {
  const scripts = contents.filter((file) => file.endsWith(".js"));
  assert.deepEqual(scripts.filter((file) => read(file).includes("import.meta")), []);
});

test("the class of errors is there once", () => {
  const classes = contents.filter((file) => file.endsWith(".js") && /extends Error\b/.test(read(file)));
  assert.deepEqual(classes, ["dist/errors.js"]);
});
