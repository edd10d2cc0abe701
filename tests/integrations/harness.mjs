// What the tests of the recipes share: the code blocks of docs/integrations.md, bundled as a user's bundler would, in real pages.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { compile } from "svelte/compiler";
import { openWorld as openPages } from "../browser/harness.mjs";
import { packageDirectory, root } from "../browser/processes.mjs";
import { startApi } from "./server.mjs";

const directory = import.meta.dirname;

/** The code blocks, each under the name in its first line. */
export const recipes = new Map(
  [...readFileSync(join(root, "docs/integrations.md"), "utf8").matchAll(/^```\w+\n(?:\/\/|<!--) (\S+)[^\n]*\n(.*?)^```$/gms)].map(
    ([, name, code]) => [name, code],
  ),
);

/** Has esbuild find the recipes by name, with the API's address in the place of the example's. */
function blocks(origins) {
  const localized = (code) => Object.entries(origins).reduce((text, [from, to]) => text.replaceAll(from, to), code);
  return {
    name: "recipes",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\// }, ({ path, importer, namespace }) => {
        const isOurs = namespace === "recipes" || importer === "<stdin>";
        return isOurs ? { path: path.slice(2), namespace: "recipes" } : undefined;
      });
      onLoad({ filter: /./, namespace: "recipes" }, ({ path }) => {
        const code = localized(recipes.get(path));
        const contents = path.endsWith(".svelte") ? compile(code, {}).js.code : code;
        return { contents, loader: "jsx", resolveDir: directory };
      });
    },
  };
}

/** A module that makes everything that these recipes export global, and runs `code` after that. */
async function bundle(names, origins, { code = "" } = {}) {
  const imports = names.map((name) => `Object.assign(globalThis, await import("./${name}"));`);
  const { outputFiles } = await build({
    stdin: { contents: [...imports, code].join("\n"), resolveDir: directory },
    alias: { evertoken: join(packageDirectory, "evertoken.js") },
    bundle: true,
    write: false,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' },
    plugins: [blocks(origins)],
  });
  return outputFiles[0].text;
}

/** Starts everything for the tests of one file, with an API that answers as told, and ends it after the last of them. */
export async function openWorld(answers, { open, origins } = {}) {
  const world = await openPages({ django: false });
  const api = await world.keep(startApi(answers, open));
  return {
    api,
    /** A page that runs these recipes and has signed in, and the API as it was in the beginning. */
    async page(t, names, options) {
      const content = await bundle(names, { "https://api.example.com": api.origin, ...origins }, options);
      const page = await world.page(t);
      api.reset();
      await page.addScriptTag({ type: "module", content: `${content}\nglobalThis.isReady = true;` });
      await page.waitForFunction(() => globalThis.isReady, undefined, { timeout: 10_000 }).catch((cause) => {
        throw new Error(`${names.join(", ")} does not run: ${page.output.join("\n")}`, { cause });
      });
      await page.evaluate(() => session.signIn(demo));
      return page;
    },
  };
}
