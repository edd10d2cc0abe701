// Each client as a bundler ships it, and the pages that load it, in target/benches.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "../pkg/node_modules/esbuild/lib/main.js";
import { CANDIDATES } from "./candidates.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** What the servers of the harness serve. */
export const site = path("../target/benches/");

const OPTIONS = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
  alias: {
    evertoken: path("../pkg/dist/evertoken.js"),
    "evertoken/isolated": path("../pkg/dist/isolated.js"),
    "evertoken/worker": path("../pkg/dist/worker.js"),
  },
};

/** A page that does nothing but ask one question; `began` is when its script did. */
const COLD = `
  import { start } from "CLIENT";
  globalThis.cold = (async () => {
    const client = await start({ api: location.origin });
    const answer = await client.fetch("/api/protected/");
    const { user } = await answer.json();
    return { user, began, answered: performance.now() };
  })();
`;

export async function bundleAll() {
  await rm(site, { recursive: true, force: true });
  await mkdir(`${site}cold`, { recursive: true });
  await writeFile(`${site}index.html`, page(""));
  await Promise.all(CANDIDATES.map(bundle));
}

/** The scripts of a client as a page loads them. */
export function bundled({ name, worker }) {
  return Promise.all(scripts(name, worker).map((script) => readFile(`${site}${script}.js`)));
}

const scripts = (name, worker) => [name, worker].filter(Boolean);

async function bundle({ name, worker }) {
  const client = path(`clients/${name}.js`);
  const cold = { contents: COLD.replace("CLIENT", client), resolveDir: path("clients/") };
  const banner = { js: "globalThis.began=performance.now();" };
  await build({ ...OPTIONS, entryPoints: scripts(name, worker).map((script) => path(`clients/${script}.js`)), outdir: site });
  await build({ ...OPTIONS, stdin: cold, banner, outfile: `${site}cold/${name}.js` });
  await writeFile(`${site}cold/${name}.html`, page(`<script type="module" src="${name}.js"></script>`));
}

function page(head) {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>bench</title>${head}\n`;
}
