// A request with a fresh token, to the parsed answer: all clients in one page, in turn.
import assert from "node:assert/strict";
import { CANDIDATES } from "../candidates.mjs";
import { above, summary } from "../statistics.mjs";
import { emptyPage } from "../world.mjs";

export async function perRequest(world, { rounds, requests }) {
  const server = await world.server();
  const context = await world.context();
  const page = await emptyPage(context, server, { isolated: true });
  const pairs = await Promise.all(CANDIDATES.map(() => server.signIn()));
  const names = CANDIDATES.map(({ name }) => name);
  const times = await page.evaluate(inPage, { names, pairs, rounds, requests });
  await context.close();
  const { requests_ok, requests_unauthorized } = await server.stats();
  assert.deepEqual([requests_ok, requests_unauthorized], [names.length * (rounds + 1) * requests, 0], "all authenticated");
  await server.stop();
  const rows = names.map((name) => [name, { ...summary(times[name]), added: summary(above(times.bare, times[name])).median }]);
  return Object.fromEntries(rows);
}

/** Milliseconds per request, by client and round. The first round warms up. */
async function inPage({ names, pairs, rounds, requests }) {
  const clients = [];
  for (const [index, name] of names.entries()) {
    const { adopt, start } = await import(`/${name}.js`);
    await adopt(pairs[index], location.origin);
    clients.push({ name, times: [], ...(await start({ api: location.origin })) });
  }
  for (let round = 0; round <= rounds; round += 1) {
    clients.push(clients.shift());
    for (const { fetch, times } of clients) {
      const begun = performance.now();
      for (let left = requests; left > 0; left -= 1) {
        const { user } = await (await fetch("/api/protected/")).json();
        if (user !== "demo") throw new Error("not authenticated");
      }
      if (round > 0) times.push((performance.now() - begun) / requests);
    }
  }
  for (const { close } of clients) close();
  return Object.fromEntries(clients.map(({ name, times }) => [name, times]));
}
