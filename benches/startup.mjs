// Where the time goes between `createSession` and a session that is in use: its steps, in milliseconds.
import { median } from "./statistics.mjs";
import { emptyPage, keepSession } from "./world.mjs";

export async function startup(world, { rounds }) {
  const server = await world.server();
  const found = [];
  // The first round warms the browser up.
  for (let round = 0; round <= rounds; round += 1) {
    const context = await world.context();
    await keepSession(context, server, "evertoken");
    const page = await emptyPage(context, server, { isolated: true });
    const steps = await page.evaluate(inPage);
    if (round > 0) found.push(steps);
    await context.close();
  }
  await server.stop();
  return Object.fromEntries(Object.keys(found[0]).map((step) => [step, median(found.map((steps) => steps[step]))]));
}

async function inPage() {
  const marks = { begun: performance.now() };
  const note = (object, name, before, after) => {
    const call = object[name];
    object[name] = async (...args) => {
      marks[before] = performance.now();
      const result = await call.apply(object, args);
      marks[after] = performance.now();
      return result;
    };
  };
  note(WebAssembly, "compile", "decoded", "compiled");
  note(WebAssembly, "instantiate", "compiled", "instantiated");
  const { start } = await import("/evertoken.js");
  marks.loaded = performance.now();
  await start({ api: location.origin });
  marks.started = performance.now();
  return {
    "load and parse the script": marks.loaded - marks.begun,
    "text to bytes": marks.decoded - marks.loaded,
    "compile the WebAssembly": marks.compiled - marks.decoded,
    "instantiate it": marks.instantiated - marks.compiled,
    "read the session from IndexedDB": marks.started - marks.instantiated,
  };
}
