// What evertoken costs beside what people use today, in Chromium against the demo server. `--quick` runs everything once with
// tiny counts and writes nothing: it checks that every client answers. A full run writes RESULTS.md; with names of measurements
// only these run, and their numbers are printed.
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { bundleAll } from "./bundles.mjs";
import { bytes, wasm } from "./measurements/bytes.mjs";
import { coldStart } from "./measurements/cold-start.mjs";
import { perCall } from "./measurements/per-call.mjs";
import { perRequest } from "./measurements/per-request.mjs";
import { stampede } from "./measurements/stampede.mjs";
import { steady } from "./measurements/steady.mjs";
import { profile } from "./profile.mjs";
import { report } from "./report.mjs";
import { startup } from "./startup.mjs";
import { World } from "./world.mjs";

const isQuick = process.argv.includes("--quick");
const wanted = process.argv.slice(2).filter((argument) => argument !== "--quick");

/** @template Plan @param {Plan} full @param {Partial<Plan>} quick */
const plan = (full, quick) => (isQuick ? { ...full, ...quick } : full);

const MEASUREMENTS = {
  bytes,
  wasm,
  coldStart: (world) => coldStart(world, plan({ rounds: 15 }, { rounds: 1 })),
  startup: (world) => startup(world, plan({ rounds: 9 }, { rounds: 1 })),
  perCall: (world) => perCall(world, plan({ rounds: 60, calls: 300 }, { rounds: 1, calls: 2 })),
  profile: (world) => profile(world, plan({ calls: 100_000 }, { calls: 1000 })),
  perRequest: (world) => perRequest(world, plan({ rounds: 30, requests: 20 }, { rounds: 1, requests: 1 })),
  oneTab: (world) => stampede(world, plan({ rounds: 3, tabs: 1, requests: 100 }, { rounds: 1, requests: 10 })),
  fourTabs: (world) => stampede(world, plan({ rounds: 3, tabs: 4, requests: 25 }, { rounds: 1, requests: 3 })),
  steady: (world) => steady(world, plan({ seconds: 50, perSecond: 20 }, { seconds: 1 })),
};

const world = await World.open();
try {
  await bundleAll();
  const results = {};
  for (const [name, measure] of Object.entries(MEASUREMENTS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const begun = performance.now();
    results[name] = await measure(world);
    console.log(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
  if (wanted.length > 0) console.log(JSON.stringify(results, null, 1));
  else await conclude(results);
} finally {
  await world.close();
}

async function conclude(results) {
  const [{ model }] = cpus();
  const machine = `${cpus().length} cores (${model.trim()}), Chromium ${world.version}, Node ${process.versions.node}`;
  const text = report({ results, machine });
  if (isQuick) return;
  await writeFile(new URL("RESULTS.md", import.meta.url), text);
  console.log("benches/RESULTS.md is written");
}
