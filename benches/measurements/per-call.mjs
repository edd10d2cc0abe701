// The CPU time that a client adds to a call: over a `fetch` that answers at once, in one page with a clock of microseconds.
import assert from "node:assert/strict";
import { CANDIDATES } from "../candidates.mjs";
import { above, summary } from "../statistics.mjs";
import { emptyPage } from "../world.mjs";

export async function perCall(world, { rounds, calls }) {
  const server = await world.server();
  const context = await world.context();
  const page = await emptyPage(context, server, { isolated: true });
  const names = CANDIDATES.filter(({ stubbed = true }) => stubbed).map(({ name }) => name);
  const times = await page.evaluate(inPage, { names, pair: await server.signIn(), rounds, calls });
  await context.close();
  await server.stop();
  assert.deepEqual(Object.keys(times.clients).sort(), names.sort());
  const rows = ({ bare, taken }) => ({ ...summary(taken), added: summary(above(bare, taken)) });
  const results = (group) => Object.fromEntries(Object.entries(group).map(([name, times]) => [name, rows(times)]));
  return { clients: results(times.clients), forms: results(times.forms) };
}

/** Microseconds per call by round, each beside those of the bare stub. The first rounds warm up. */
async function inPage({ names, pair, rounds, calls }) {
  const WARM_UP = 3;
  let seen;
  // Before the clients are loaded: some hold on to the `fetch` that they find.
  globalThis.fetch = (input, init) => {
    if (seen === null) seen = new Request(input, init).headers.get("authorization");
    return Promise.resolve(new Response('{"user":"demo"}', { headers: { "content-type": "application/json" } }));
  };

  async function timed(call) {
    const begun = performance.now();
    for (let left = calls; left > 0; left -= 1) await call();
    return ((performance.now() - begun) * 1000) / calls;
  }

  async function isAuthenticated(call) {
    seen = null;
    await call();
    if (seen !== `Bearer ${pair.access}`) throw new Error("not authenticated");
  }

  /** Times all cases in turn, each `{ call, bare }` beside the bare call that does as much. */
  async function inTurns(cases) {
    const order = Object.values(cases);
    for (const entry of order) Object.assign(entry, { times: { bare: [], taken: [] } });
    for (let round = 0; round < WARM_UP + rounds; round += 1) {
      order.push(order.shift());
      for (const { call, bare, times } of order) {
        await isAuthenticated(call);
        // Who comes first pays for what the one before has left to the collector.
        const first = round % 2 === 0 ? bare : call;
        const time = new Map([[first, await timed(first)]]);
        for (const other of [bare, call]) if (other !== first) time.set(other, await timed(other));
        if (round < WARM_UP) continue;
        times.bare.push(time.get(bare));
        times.taken.push(time.get(call));
      }
    }
    return Object.fromEntries(Object.entries(cases).map(([name, { times }]) => [name, times]));
  }

  const path = "/api/protected/";
  const headers = { authorization: `Bearer ${pair.access}` };
  const url = location.origin + path;
  const bare = () => fetch(url, { headers });
  // axios has read the body when it answers, so its calls stand beside a bare one that reads it, too.
  const bareRead = async () => (await bare()).json();

  const cases = {};
  let session;
  for (const name of names) {
    const { adopt, start } = await import(`/${name}.js`);
    await adopt(pair, location.origin);
    const client = await start({ api: location.origin });
    session = client.session ?? session;
    const call = () => client.fetch(path);
    cases[name] = { call, bare: (await call()) instanceof Response ? bare : bareRead };
  }
  const clients = await inTurns(cases);

  const init = (extra) => ({ method: "POST", body: '{"name":"value"}', headers: { "content-type": "application/json", ...extra } });
  const request = (extra) => new Request(url, { headers: { accept: "application/json", ...extra } });
  const forms = await inTurns({
    "`fetch(url)`": { call: () => session.fetch(url), bare },
    "`fetch(url, { method, headers, body })`": { call: () => session.fetch(url, init()), bare: () => fetch(url, init(headers)) },
    "`fetch(new Request(url, init))`": { call: () => session.fetch(request()), bare: () => fetch(request(headers)) },
  });
  return { clients, forms };
}
