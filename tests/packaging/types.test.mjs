// The types: they name what is there, say what it means, and are found in every way to resolve them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../browser/processes.mjs";
import { contents, installed, project } from "./project.mjs";

const tsc = fileURLToPath(new URL("node_modules/.bin/tsc", import.meta.url));
const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
const entries = Object.entries(exports).filter(([, target]) => target.types);

const STRICT = "--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false --target es2022 --lib es2022,dom --types".split(" ");

/** What the compiler has to say about a program. */
function compile(files, ...options) {
  const cwd = project(files);
  const { stdout, error } = spawnSync(tsc, [...STRICT, "", ...options, ...Object.keys(files)], { cwd, encoding: "utf8", timeout: 60_000 });
  if (error) throw error;
  return stdout;
}

const usage = readFileSync(join(root, "tests/browser/types/usage.ts"), "utf8");

const slim = `
  import { createSession, EvertokenError, simpleJwt, type Session, type SlimSessionOptions, type WasmSource } from "evertoken/slim";
  import type { Session as Other } from "evertoken";
  const backend = simpleJwt("https://api.example.com/api/token/");
  const url = "https://example.com/evertoken.wasm";
  const sources: WasmSource[] = [url, new URL(url), fetch(url), new Uint8Array(8), () => url, async () => fetch(url)];
  const options: SlimSessionOptions = { backend, wasm: sources[0]! };
  export const session: Promise<Other> = createSession(options) satisfies Promise<Session>;
  void (new EvertokenError("wasm-unavailable", "") satisfies Error);
  // @ts-expect-error the WebAssembly is needed
  void createSession({ backend });
`;

for (const [resolution, module] of [["bundler", "esnext"], ["node16", "node16"], ["nodenext", "nodenext"]]) {
  test(`resolution ${resolution}`, () => {
    const output = compile({ "usage.ts": usage, "slim.ts": slim }, "--module", module, "--moduleResolution", resolution);
    assert.equal(output, "");
  });
}

test("a program for Node, without the types of a page", () => {
  const program = `
    import { readFile } from "node:fs/promises";
    import { createSession, simpleJwt } from "evertoken/slim";
    import { dpopKey } from "evertoken/dpop";
    import type { EvertokenError } from "evertoken";
    const wasm = () => readFile(new URL(import.meta.resolve("evertoken/evertoken.wasm")));
    const session = await createSession({ wasm, backend: simpleJwt("https://api.example.com/api/token/"), dpop: await dpopKey() });
    const { status }: Response = await session.fetch("https://api.example.com/");
    export const explained = (error: EvertokenError): unknown => [status, error.cause];
  `;
  const node = ["--types", "node", "--typeRoots", fileURLToPath(new URL("node_modules/@types", import.meta.url))];
  assert.equal(compile({ "program.ts": program }, "--module", "nodenext", "--lib", "es2022", ...node), "");
});

test("nodenext, by require()", () => {
  const program = `import evertoken = require("evertoken");\nexport const backend: evertoken.Backend = evertoken.simpleJwt("/");\n`;
  assert.equal(compile({ "program.cts": program }, "--module", "nodenext"), "");
});

for (const [entry, target] of entries) {
  test(`${entry}: the types name exactly what the code exports`, async () => {
    const names = Object.keys(await import(join(installed, target.default)));
    assert.ok(names.length > 0);
    const program = `
      import * as entry from "${entry.replace(".", "evertoken")}";
      const names: Record<keyof typeof entry, true> = { ${names.map((name) => `${name}: true`).join(", ")} };
      export { names };`;
    assert.equal(compile({ "names.ts": program }, "--module", "nodenext"), "");
  });
}

/** The exported declarations, and the members of exported interfaces and classes, that do not say what they are. */
function undocumented(text) {
  const lines = text.split("\n");
  let isOpen = false;
  return lines.filter((line, index) => {
    if (/^\w/.test(line)) isOpen = /^export (interface|class)/.test(line);
    const isDeclared = /^export (function|interface|type|class|const) /.test(line) || (isOpen && /^ {2}[\w"[]/.test(line));
    return isDeclared && !lines[index - 1]?.endsWith("*/");
  });
}

test("every public name says what it means", () => {
  assert.deepEqual(undocumented("export interface A {\n  /** One. */\n  one: 1;\n  two: 2;\n}"), ["export interface A {", "  two: 2;"]);
  const declarations = contents.filter((file) => file.endsWith(".d.ts"));
  const missing = declarations.flatMap((file) => undocumented(readFileSync(join(installed, file), "utf8")).map((line) => `${file}: ${line}`));
  assert.deepEqual(missing, []);
});
