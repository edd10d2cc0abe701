// Each bundler as its manual says to use it, in production mode. All take a project and put the page into its `out/`.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";

/** Those that find workers and other files by themselves. */
export const complete = { vite: withVite, webpack: withWebpack };

/** Those that take JavaScript alone. */
export const plain = { esbuild: withEsbuild, rollup: withRollup };

const viteSettings = (place) => ({
  root: place,
  configFile: false,
  logLevel: "error",
  cacheDir: join(place, "cache"),
  worker: { format: "es" },
});

async function withVite(place) {
  await vite.build({ ...viteSettings(place), build: { outDir: "out" } });
}

/** Vite's development server, which bundles dependencies beforehand and nothing else. Returns its address. */
export async function serveByVite(t, place) {
  const server = await vite.createServer({ ...viteSettings(place), server: { host: "127.0.0.1", port: 0, ws: false } });
  t.after(() => server.close());
  await server.listen();
  return `http://127.0.0.1:${server.httpServer.address().port}/`;
}

async function withWebpack(place) {
  const output = { path: join(place, "out"), filename: "main.js" };
  const compiler = webpack({ mode: "production", context: place, entry: "./main.js", output });
  const run = () => new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
  const stats = await run();
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
  copyPage(place);
}

async function withRollup(place, entries = ["main.js"]) {
  const onwarn = (warning) => {
    throw new Error(warning.message);
  };
  const bundle = await rollup({ input: entries.map((entry) => join(place, entry)), plugins: [nodeResolve()], onwarn });
  await bundle.write({ dir: join(place, "out"), format: "es" });
  await bundle.close();
  copyPage(place);
}

async function withEsbuild(place, entries = ["main.js"]) {
  const settings = { bundle: true, minify: true, format: "esm", splitting: true, logLevel: "silent" };
  const { warnings } = await esbuild.build({ ...settings, entryPoints: entries.map((entry) => join(place, entry)), outdir: join(place, "out") });
  if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
  copyPage(place);
}

function copyPage(place) {
  copyFileSync(join(place, "index.html"), join(place, "out/index.html"));
}
