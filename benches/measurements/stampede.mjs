// 100 requests at once by tabs that open with a kept session whose access token has ended: as on the morning after.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { REFRESHING, rotated } from "../candidates.mjs";
import { emptyPage, keepSession } from "../world.mjs";

/** How long the server takes for a refresh, in milliseconds. */
export const REFRESH = 100;

/** @param {{ rounds: number, tabs: number, requests: number }} plan `requests` by each tab */
export async function stampede(world, { rounds, tabs, requests }) {
  const results = Object.fromEntries(REFRESHING.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = rotated(REFRESHING, round);
    const prepared = [];
    for (const { name } of order) prepared.push({ name, ...(await prepare(world, name)) });
    for (const { name, server, context, ended } of prepared) {
      await sleep(Math.max(0, ended - Date.now()));
      results[name].push(await run(context, server, { name, tabs, requests }));
      await context.close();
      await server.stop();
    }
  }
  const { refreshes, failed } = results.evertoken[0];
  assert.deepEqual([refreshes, failed], [1, 0], "evertoken makes one refresh, and no request fails");
  return results;
}

/** A kept session with a token that lives a second; later ones live as long as they do in earnest. */
async function prepare(world, name) {
  const server = await world.server(1);
  const context = await world.context();
  await keepSession(context, server, name);
  await server.setLifetime(3600);
  await server.delayRefreshes(REFRESH);
  return { server, context, ended: Date.now() + 1500 };
}

async function run(context, server, { name, tabs, requests }) {
  const pages = await Promise.all(Array.from({ length: tabs }, () => emptyPage(context, server)));
  await Promise.all(pages.map((page) => page.evaluate(async (name) => (globalThis.client = await import(`/${name}.js`)), name)));
  const at = Date.now() + 300;
  const counts = await Promise.all(pages.map((page) => page.evaluate(inPage, { at, requests })));
  const alive = await Promise.all(pages.map((page) => page.evaluate(() => ask())));
  const { refreshes, presented_twice } = await server.stats();
  const failed = counts.reduce((sum, count) => sum + count, 0);
  return { refreshes, presentedTwice: presented_twice, failed, alive: alive.every(Boolean) };
}

/** Starts at the agreed time; how many requests were not answered as somebody signed in. */
async function inPage({ at, requests }) {
  await new Promise((wake) => setTimeout(wake, at - Date.now()));
  const started = client.start({ api: location.origin });
  globalThis.ask = async () => {
    try {
      const answer = await (await started).fetch("/api/protected/");
      return answer.status === 200 && (await answer.json()).user === "demo";
    } catch {
      return false;
    }
  };
  const outcomes = await Promise.all(Array.from({ length: requests }, () => ask()));
  return outcomes.filter((isAnswered) => !isAnswered).length;
}
