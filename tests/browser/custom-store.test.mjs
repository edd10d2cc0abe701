// S2: a store of the application's own.
import assert from "node:assert/strict";
import { join } from "node:path";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { packageDirectory } from "./processes.mjs";

const world = await openWorld({ django: { accessSeconds: 3600 } });

beforeEach(() => world.api.reset());

/** In the page, before its scripts: a store that keeps its text in a variable and notes its calls. */
function offerStore() {
  globalThis.ownStore = (methods) => ({
    calls: [],
    asides: [],
    text: undefined,
    async load() {
      return this.text;
    },
    async swap(present, next, setAside) {
      this.calls.push("swap");
      if (this.text !== present) return false;
      if (setAside) this.asides.push(present);
      this.text = next;
      return true;
    },
    ...methods,
  });
  globalThis.ask = (session) => outcome(session.fetch(`${api}/api/protected/`));
}

const page = (t) => world.page(t, { before: offerStore });

test("S2: a session in a store of one's own survives, is shared, and goes with the sign-out", async (t) => {
  const result = await (await page(t)).evaluate(async () => {
    const store = ownStore();
    const first = await signedIn({ store });
    const second = await start({ store });
    const same = first.state.sessionId === second.state.sessionId;
    await revoke(first);
    const answers = await Promise.all([first, second, first, second].map(ask));
    const { generation } = JSON.parse(store.text);
    await second.signOut();
    await when(() => first.state.status === "signed-out");
    return { same, answers, generation, left: store.text };
  });
  assert.deepEqual(result, { same: true, answers: Array(4).fill({ value: 200 }), generation: 2, left: undefined });
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("S2: what is no record is handed over to be set aside", async (t) => {
  const result = await (await page(t)).evaluate(async () => {
    const store = ownStore({ text: "garbage" });
    await signedIn({ store });
    return { asides: store.asides, code: seen()[0].error.code };
  });
  assert.deepEqual(result, { asides: ["garbage"], code: "record-corrupt" });
});

test("R2: a lock of one's own is held for one refresh and given back", async (t) => {
  const log = await (await page(t)).evaluate(async () => {
    const log = [];
    const store = ownStore({
      async lock(signal) {
        log.push(signal instanceof AbortSignal && "lock");
        return { release: () => log.push("release") };
      },
    });
    const session = await signedIn({ store });
    await revoke(session);
    watchFetch(({ url }) => void log.push(new URL(url).pathname));
    await ask(session);
    return log;
  });
  assert.deepEqual(log, ["/api/protected/", "lock", "/api/token/refresh/", "release", "/api/protected/"]);
});

test("R2: a lock is called as a method, and asked once more before the token is sent", async (t) => {
  const result = await (await page(t)).evaluate(async () => {
    const lock = {
      log: [],
      async renew() {
        return this.log.push("renew") > 0;
      },
      release() {
        this.log.push("release");
      },
    };
    const session = await expired({ store: ownStore({ lock: async () => lock }) });
    return { answer: await ask(session), log: lock.log };
  });
  assert.deepEqual(result, { answer: { value: 200 }, log: ["renew", "release"] });
});

test("R2: a lock without a release is a store in trouble, and nothing is sent", async (t) => {
  const result = await (await page(t)).evaluate(async () => {
    const session = await expired({ store: ownStore({ lock: async () => () => {} }) });
    const sent = watchFetch();
    const { error } = await outcome(session.fetch(`${api}/api/protected/`));
    return { code: error.code, sent: sent.length };
  });
  assert.deepEqual(result, { code: "store-unavailable", sent: 0 });
});

test("R2: with a lock that has ended nothing is sent", async (t) => {
  const result = await (await page(t)).evaluate(async () => {
    let released = 0;
    const lock = async () => ({ release: () => (released += 1), renew: async () => false });
    const session = await expired({ store: ownStore({ lock }) });
    const sent = watchFetch();
    const { error } = await outcome(session.fetch(`${api}/api/protected/`, { signal: AbortSignal.timeout(1000) }));
    return { sent: sent.length, released: released > 0, name: error.name };
  });
  assert.deepEqual(result, { sent: 0, released: true, name: "TimeoutError" });
});

/** In the page: methods that break the contract, by the code that they lead to. */
const BROKEN = {
  "a load that throws": ["store-unavailable", () => ({ load: () => { throw new Error("broken"); } })],
  "a load that resolves to an object": ["record-corrupt", () => ({ load: async () => ({ tokens: 1 }) })],
  "a load that is forbidden": ["store-denied", () => ({ load: async () => { throw new DOMException("no", "NotAllowedError"); } })],
  "a swap that throws": ["store-unavailable", () => ({ swap: () => { throw new Error("broken"); } })],
  "a swap without room": ["store-full", () => ({ swap: async () => { throw new DOMException("full", "QuotaExceededError"); } })],
  "a swap that resolves to nothing": ["store-unavailable", () => ({ swap: async () => {} })],
  "a swap that never succeeds": ["store-unavailable", () => ({ swap: async () => false })],
};

for (const [what, [code, broken]] of Object.entries(BROKEN)) {
  test(`R3: with ${what} the session goes on in memory and says ${code}`, async (t) => {
    const result = await (await page(t)).evaluate(async (broken) => {
      const session = await signedIn({ store: ownStore(eval(broken)()) });
      return { answer: await ask(session), code: seen().find(({ type }) => type === "store-failed").error.code };
    }, `(${broken})`);
    assert.deepEqual(result, { answer: { value: 200 }, code });
  });
}

test("S2: in Node, which has neither IndexedDB nor shared locks, a store of one's own is all it takes", async () => {
  const { createSession, simpleJwt } = await import(join(packageDirectory, "evertoken.js"));
  offerStore();
  const store = globalThis.ownStore();
  const options = { backend: simpleJwt(`${world.api.origin}/api/token/`), store };
  const first = await createSession(options);
  await first.signIn({ username: "demo", password: "demo" });
  const { sessionId } = first.state;
  first.close();
  const second = await createSession(options);
  await second.refresh();
  const { status } = await second.fetch(`${world.api.origin}/api/protected/`);
  assert.deepEqual([second.state.sessionId, status], [sessionId, 200]);
  second.close();
});
