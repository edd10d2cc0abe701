// The recipes' types are right: what takes a `fetch` takes `session.fetch` for TypeScript, too.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { packageDirectory, root } from "../browser/processes.mjs";
import { recipes } from "./recipes.mjs";

const directory = mkdtempSync(join(tmpdir(), "evertoken-recipes-"));
after(() => rmSync(directory, { recursive: true }));

const compilerOptions = {
  noEmit: true,
  allowJs: true,
  checkJs: true,
  strict: false,
  skipLibCheck: true,
  target: "es2022",
  lib: ["es2022", "dom", "dom.iterable"],
  module: "esnext",
  moduleResolution: "bundler",
  jsx: "react-jsx",
  types: [],
  preserveSymlinks: true,
  paths: { evertoken: [join(packageDirectory, "evertoken.d.ts")] },
};

test("the types of the recipes are right", () => {
  symlinkSync(join(import.meta.dirname, "node_modules"), join(directory, "node_modules"), "dir");
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  for (const [name, code] of recipes) if (!name.endsWith(".svelte")) writeFileSync(join(directory, name), code);
  const tsc = join(root, "tests/browser/node_modules/.bin/tsc");
  const { status, stdout, error } = spawnSync(tsc, ["--project", directory], { encoding: "utf8", timeout: 60_000 });
  assert.equal(error, undefined);
  assert.equal(status, 0, stdout);
});
