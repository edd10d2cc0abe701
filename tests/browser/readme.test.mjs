// The JavaScript in the READMEs and recipes: it runs as it stands there, and its types are right.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after } from "node:test";
import { packageDirectory, root } from "./processes.mjs";
import { tokenPair } from "./servers.mjs";

const directory = mkdtempSync(join(tmpdir(), "evertoken-readme-"));
after(() => rmSync(directory, { recursive: true }));

/** A project that has installed the package, so that its package.json is tested, too. */
function install() {
  const installed = join(directory, "node_modules/evertoken");
  mkdirSync(installed, { recursive: true });
  copyFileSync(join(root, "pkg/package.json"), join(installed, "package.json"));
  symlinkSync(packageDirectory, join(installed, "dist"), "dir");
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
}

/**
 * The programs of a README: a block that imports begins one, any other goes on with the one before it. They run in Node,
 * which has no IndexedDB.
 */
function programs(readme) {
  const blocks = [...readFileSync(join(root, readme), "utf8").matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
  const programs = [];
  for (const block of blocks) {
    if (block.startsWith("import ")) programs.push(block);
    else programs[programs.length - 1] += block;
  }
  return programs.map((code, index) => {
    const file = `${readme.replaceAll(/\W/g, "-")}-${index + 1}.js`;
    const runnable = code
      .replaceAll("createSession({", 'createSession({ store: "memory",')
      .replaceAll("dpopKey()", 'dpopKey({ keyPair: await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]) })');
    writeFileSync(join(directory, file), runnable);
    return { name: `${readme}, example ${index + 1}`, file };
  });
}

/** Every server there is: each answer is one of a token endpoint in the words of any backend, and of an issuer. And a page. */
function writeWorld() {
  const { access, refresh } = tokenPair();
  const endpoint = "https://id.example.com/token";
  const issuer = { issuer: "https://id.example.com", token_endpoint: endpoint };
  const answer = { ...issuer, access, refresh, access_token: access, refresh_token: refresh, expires_in: 3600 };
  const network = `globalThis.fetch = async () => Response.json(${JSON.stringify(answer)});`;
  const page = `globalThis.document = { visibilityState: "visible", addEventListener() {}, body: { append() {} } };`;
  writeFileSync(join(directory, "world.js"), `${network}\n${page}\n`);
}

function execute(program, ...options) {
  const { status, stdout, stderr, error } = spawnSync(program, options, { cwd: directory, encoding: "utf8", timeout: 30_000 });
  assert.equal(error, undefined);
  return { status, output: stdout + stderr };
}

install();
writeWorld();
const examples = ["README.md", "pkg/README.md", "docs/backends.md"].flatMap(programs);

test("the READMEs have examples", () => {
  assert.ok(examples.length >= 3);
});

for (const { name, file } of examples) {
  test(`${name} runs`, () => {
    const source = `import "./world.js"; await import("./${file}");`;
    const { status, output } = execute(process.execPath, "--input-type=module", "--eval", source);
    assert.equal(status, 0, output);
  });
}

test("the types of the examples are right", () => {
  const tsc = join(root, "tests/browser/node_modules/.bin/tsc");
  const options = "--noEmit --allowJs --checkJs --strict --target es2022 --lib es2022,dom --module nodenext --types".split(" ");
  const { status, output } = execute(tsc, ...options, "", ...examples.map(({ file }) => file));
  assert.equal(status, 0, output);
});
