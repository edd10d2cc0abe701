// 20 requests a second across several expiries, with a refresh that takes 400 ms: who makes a request wait for it. Each client has
// a page and a server of its own; some run at the same time.
import assert from "node:assert/strict";
import { CANDIDATES } from "../candidates.mjs";
import { quantile } from "../statistics.mjs";
import { emptyPage, keepSession } from "../world.mjs";

export const REFRESH = 400;
export const LIFETIME = 15;

/** A request that the client hands to the browser this much later has waited for a refresh, in milliseconds. */
const WAITED = REFRESH / 2;

/** More pages at a time would keep two cores busy, and measure the machine. */
const AT_A_TIME = 4;

export async function steady(world, { seconds, perSecond }) {
  const results = {};
  for (let done = 0; done < CANDIDATES.length; done += AT_A_TIME) {
    const group = await Promise.all(CANDIDATES.slice(done, done + AT_A_TIME).map((candidate) => prepare(world, candidate)));
    // Now that all have started.
    const rows = group.map(async (prepared) => [prepared.name, await run(prepared, seconds, perSecond)]);
    Object.assign(results, Object.fromEntries(await Promise.all(rows)));
  }
  return results;
}

async function prepare(world, { name, lifetime = LIFETIME }) {
  const server = await world.server(lifetime);
  await server.delayRefreshes(REFRESH);
  const context = await world.context();
  await keepSession(context, server, name);
  const page = await emptyPage(context, server);
  await page.evaluate(begin, { name, ahead: LIFETIME / 2 });
  return { name, server, context, page };
}

async function run({ name, server, context, page }, seconds, perSecond) {
  const { latencies, waited, failed } = await page.evaluate(inPage, { seconds, perSecond, WAITED });
  const { refreshes } = await server.stats();
  await context.close();
  await server.stop();
  assert.equal(latencies.length + failed, seconds * perSecond, `${name} has settled every request`);
  assert.ok(latencies.length > 0, `${name} was answered as somebody signed in`);
  const [median, p95, p99, longest] = [0.5, 0.95, 0.99, 1].map((part) => quantile(latencies, part));
  return { requests: seconds * perSecond, median, p95, p99, longest, waited, failed, refreshes };
}

/** Opens the session over a `fetch` that notes when each request was sent last. A client that sends from a worker has notes of its own. */
async function begin({ name, ahead }) {
  const send = globalThis.fetch;
  const sent = new Map();
  globalThis.fetch = (input, init) => {
    sent.set(input.url ?? String(input), performance.timeOrigin + performance.now());
    return send(input, init);
  };
  const { start } = await import(`/${name}.js`);
  globalThis.client = { sent: () => sent, ...(await start({ api: location.origin, ahead })) };
  await client.fetch("/api/protected/");
}

async function inPage({ seconds, perSecond, WAITED }) {
  const latencies = [];
  /** When those that are answered were asked. */
  const asked = new Map();
  let failed = 0;

  async function ask(number) {
    const path = `/api/protected/?${number}`;
    const begun = performance.now();
    try {
      const answer = await client.fetch(path);
      if ((await answer.json()).user !== "demo") throw new Error("not authenticated");
      latencies.push(performance.now() - begun);
      asked.set(location.origin + path, performance.timeOrigin + begun);
    } catch {
      failed += 1;
    }
  }

  const asking = [];
  const begun = performance.now();
  for (let count = 0; count < seconds * perSecond; count += 1) {
    const next = begun + (count * 1000) / perSecond;
    await new Promise((wake) => setTimeout(wake, next - performance.now()));
    asking.push(ask(count));
  }
  await Promise.all(asking);
  const sent = await client.sent();
  const waits = [...asked].map(([url, time]) => sent.get(url) - time);
  if (waits.some(Number.isNaN)) throw new Error("a request was not seen to be sent");
  const waited = waits.filter((wait) => wait > WAITED).length;
  client.close();
  return { latencies, waited, failed };
}
