// Where the time of `session.fetch` goes: a CPU profile of the unminified package over a stubbed `fetch`, by function.
import { fileURLToPath } from "node:url";
import { build } from "../pkg/node_modules/esbuild/lib/main.js";
import { site } from "./bundles.mjs";
import { emptyPage } from "./world.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Microseconds between two samples. */
const INTERVAL = 100;
const TOP = 8;

/** The functions with the most time of their own, each with its share of the whole. */
export async function profile(world, { calls }) {
  await build({
    entryPoints: [path("../pkg/src/evertoken.js")],
    alias: {
      "#wasm": path("../target/pkg/wasm.js"),
      "#platform": path("../src/web/js"),
      "#errors": path("../pkg/src/errors.js"),
      "#shared": path("../pkg/src/shared.js"),
    },
    outfile: `${site}profiled.js`,
    bundle: true,
    format: "esm",
    logLevel: "warning",
  });
  const server = await world.server();
  const context = await world.context();
  const page = await emptyPage(context, server);
  await page.evaluate(prepare, await server.signIn());
  const debug = await context.newCDPSession(page);
  await debug.send("Profiler.enable");
  await debug.send("Profiler.setSamplingInterval", { interval: INTERVAL });
  await debug.send("Profiler.start");
  await page.evaluate((calls) => run(calls), calls);
  const { profile } = await debug.send("Profiler.stop");
  await context.close();
  await server.stop();
  return top(profile);
}

/** The bare call runs beside it, so that its own share is seen. */
async function prepare(pair) {
  globalThis.fetch = () => Promise.resolve(new Response("{}"));
  const { createSession, simpleJwt } = await import("/profiled.js");
  const session = await createSession({ backend: simpleJwt(`${location.origin}/api/token/`), store: "memory" });
  await session.adopt({ access: pair.access, refresh: pair.refresh });
  const url = `${location.origin}/api/protected/`;
  globalThis.run = async (calls) => {
    for (let left = calls; left > 0; left -= 1) await session.fetch(url);
  };
  await run(1000);
}

function top({ nodes, samples }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, named(callFrame)]));
  const counts = new Map();
  for (const sample of samples) counts.set(names.get(sample), (counts.get(names.get(sample)) ?? 0) + 1);
  const idle = counts.get("(idle)") ?? 0;
  counts.delete("(idle)");
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, TOP);
  return sorted.map(([name, count]) => ({ name, share: count / (samples.length - idle) }));
}

function named({ functionName, url }) {
  if (url.startsWith("wasm:")) return "WebAssembly";
  return functionName || "(anonymous)";
}
