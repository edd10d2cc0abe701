// What the tests of the recipes share: the code blocks of docs/integrations.md, bundled as a user's bundler would, in real pages.
import { join } from "node:path";
import { build } from "esbuild";
import { compile } from "svelte/compiler";
import { openWorld as openPages } from "../browser/harness.mjs";
import { packageDirectory } from "../browser/processes.mjs";
import { recipes } from "./recipes.mjs";
import { startApi } from "./server.mjs";

const directory = import.meta.dirname;

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
export async function openWorld(answers, { origins, launch, ...options } = {}) {
  const world = await openPages({ django: false, launch });
  const api = await world.keep(startApi(answers, options));
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
