// The package as its users get it: packed once, and installed from the tarball into projects in a temporary directory.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { root } from "../browser/processes.mjs";

const API = "https://api.example.com";

const directory = mkdtempSync(join(tmpdir(), "evertoken-packaging-"));
after(() => rmSync(directory, { recursive: true }));

const npm = (where, ...options) => execFileSync("npm", options, { cwd: where, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

const [packed] = JSON.parse(npm(join(root, "pkg"), "pack", "--json", "--pack-destination", directory));

/** The names of the files in it. */
export const contents = packed.files.map(({ path }) => path);
export const tarball = join(directory, packed.filename);

mkdirSync(join(directory, "installed"));
writeFileSync(join(directory, "installed/package.json"), "{}");
npm(join(directory, "installed"), "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", tarball);
export const installed = join(directory, "installed/node_modules/evertoken");

let projects = 0;

/**
 * A project that has installed the package.
 * @param {Record<string, string>} files their texts by their names; those in `app/` come besides
 */
export function project(files = {}) {
  const place = join(directory, `project-${++projects}`);
  cpSync(installed, join(place, "node_modules/evertoken"), { recursive: true });
  cpSync(fileURLToPath(new URL("app", import.meta.url)), place, { recursive: true });
  for (const [name, text] of Object.entries({ "package.json": '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(place, name)), { recursive: true });
    writeFileSync(join(place, name), text);
  }
  return place;
}

/** A project whose session, of the demo server `api`, is in the worker that this expression creates. */
export function isolated(worker, api) {
  return project({
    "main.js": `
      import { EvertokenError, createSession } from "evertoken/isolated";
      import { report, through } from "./flow.js";
      const api = new URLSearchParams(location.search).get("api");
      const worker = ${worker};
      const isOneClass = (session) => session.accessToken().catch((error) => error instanceof EvertokenError);
      const run = async (session) => ({ ...(await through(session, api)), isOneClass: await isOneClass(session) });
      report(createSession({ worker }).then(run));`,
    "session-worker.js": `
      import { serveSession, simpleJwt } from "evertoken/worker";
      serveSession({ backend: simpleJwt(${JSON.stringify(`${api}/api/token/`)}) });`,
  });
}

/** A project with the files that docs/isolation.md shows, of the demo server `api`. */
export function documented(api) {
  const text = readFileSync(join(root, "docs/isolation.md"), "utf8");
  const files = [...text.matchAll(/^```js\n\/\/ (\S+)\n(.*?)^```$/gms)].map(([, name, block]) => [name, block.replace(API, api)]);
  return project({
    ...Object.fromEntries(files),
    "main.js": `
      import { report, through } from "./flow.js";
      import { session } from "./session.js";
      report(through(session, new URLSearchParams(location.search).get("api")));`,
  });
}

/** What is in a directory's files, all of them as Latin-1 text: one character is one byte. */
export function texts(place) {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), "latin1"));
}
