// R2: pages that share a store, all with an expired token, all asked at once, again and again, against a server that ends
// the session when a refresh token comes twice. `EVERTOKEN_LONG=1` makes it 100 rounds for each store.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { openWorld } from "./harness.mjs";
import { root, startDemo } from "./processes.mjs";

const PAGES = 4;
const REQUESTS = 25;
const ROUNDS = process.env.EVERTOKEN_LONG ? 100 : 20;

const world = await openWorld({ django: false });

/** In the page, before its scripts: a browser that lacks what these name. */
const withoutLocks = () => delete Navigator.prototype.locks;
const withoutLocksAndChannels = () => delete Navigator.prototype.locks && delete globalThis.BroadcastChannel;

const PROFILES = {
  indexeddb: { store: "indexeddb" },
  local: { store: "local" },
  "indexeddb without Web Locks": { store: "indexeddb", before: withoutLocks },
  "local without Web Locks": { store: "local", before: withoutLocks },
  "indexeddb without Web Locks and BroadcastChannel": { store: "indexeddb", before: withoutLocksAndChannels },
};

for (const [what, { store, before }] of Object.entries(PROFILES)) {
  test(`R2: ${PAGES} pages, ${REQUESTS} requests each at the moment of expiry, ${ROUNDS} rounds: ${what}`, async (t) => {
    const demo = await world.keep(startDemo({ www: join(root, "tests/browser/page") }));
    const pages = await world.pages(t, PAGES, { before, address: `${demo.origin}/?api=${demo.origin}` });
    const all = (run, argument) => Promise.all(pages.map((page) => page.evaluate(run, argument)));
    await all(async (store) => {
      hide();
      globalThis.session = await start({ store });
      // The token's life passes in a moment: all tabs see the same clock of one machine.
      const { now } = Date;
      let ahead = 0;
      Date.now = () => now() + ahead;
      globalThis.expire = () => (ahead += 30_000);
    }, store);
    await pages[0].evaluate(() => session.signIn(demo));
    await all(() => when(() => session.state.status === "signed-in"));
    for (let round = 1; round <= ROUNDS; round += 1) {
      await all(() => expire());
      const answers = await all(async (requests) => {
        const fetched = Array.from({ length: requests }, () => outcome(session.fetch(`${api}/api/protected/`)));
        const failed = (await Promise.all(fetched)).filter(({ value }) => value !== 200);
        return { failed, generation: session.state.generation };
      }, REQUESTS);
      assert.deepEqual(answers, Array(PAGES).fill({ failed: [], generation: round + 1 }), `round ${round}`);
    }
    const stats = await (await fetch(`${demo.origin}/demo/stats`)).json();
    const { refreshes, presented_twice, requests_ok, requests_unauthorized } = stats;
    assert.deepEqual(
      { refreshes, presented_twice, requests_ok, requests_unauthorized },
      { refreshes: ROUNDS, presented_twice: 0, requests_ok: ROUNDS * PAGES * REQUESTS, requests_unauthorized: 0 },
    );
    const events = await all(() => seen().map(({ type }) => type));
    assert.deepEqual(events, Array(PAGES).fill(["signed-in", ...Array(ROUNDS).fill("refreshed")]));
  });
}
