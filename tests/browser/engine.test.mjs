// The WebAssembly inside: a trap leaves nobody waiting, and a page's Content-Security-Policy is named when it is in the way.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

/**
 * In the page, before the package: while `globalThis.trapping` is true, whatever the engine calls runs into
 * `unreachable`, which traps as it does inside the engine: the same error, through the same frames.
 */
function armTrap() {
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11];
  const { Instance, Module, instantiate } = WebAssembly;
  const { t: trap } = new Instance(new Module(new Uint8Array(bytes))).exports;
  const armed = (call) => (typeof call === "function" ? (...values) => (globalThis.trapping ? trap() : call(...values)) : call);
  const each = (object, change) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
  WebAssembly.instantiate = (module, imports) => instantiate(module, each(imports, (functions) => each(functions, armed)));
}

test("S5: a trap rejects the call with the code \"crashed\" and the trap as its cause", async (t) => {
  const page = await world.page(t, { before: armTrap });
  const { call, later, state } = await page.evaluate(async () => {
    const session = await signedIn();
    globalThis.trapping = true;
    const call = await outcome(session.fetch(`${api}/api/protected/`));
    globalThis.trapping = false;
    const later = await outcome(session.accessToken());
    return { call, later, state: await outcome((async () => session.state)()) };
  });
  for (const { error } of [call, later, state]) {
    assert.equal(error.code, "crashed");
    assert.ok(error.evertoken);
  }
  assert.equal(call.error.cause.name, "RuntimeError");
});

test("S5: a trap rejects at once what waits in its session, and no other session notices", async (t) => {
  const page = await world.page(t, { before: armTrap });
  await world.api.delayRefreshes(2000);
  const { waiting, other } = await page.evaluate(async () => {
    const [session, another] = [await expired(), await expired({ name: "another" })];
    const other = outcome(another.fetch(`${api}/api/protected/`));
    const waiting = Array.from({ length: 10 }, () => outcome(session.fetch(`${api}/api/protected/`)));
    globalThis.trapping = true;
    session.accessToken().catch(() => {});
    globalThis.trapping = false;
    return { waiting: await Promise.race([Promise.all(waiting), other]), other: await other };
  });
  for (const { error } of waiting) assert.equal(error.code, "crashed");
  assert.deepEqual(other, { value: 200 });
});

/** In the page, before the package: counts the listeners and channels that are in place. */
function countListening() {
  globalThis.listening = 0;
  for (const target of [document, globalThis]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = (...values) => {
      globalThis.listening += 1;
      addEventListener.apply(target, values);
    };
    target.removeEventListener = (...values) => {
      globalThis.listening -= 1;
      removeEventListener.apply(target, values);
    };
  }
  const Channel = BroadcastChannel;
  globalThis.BroadcastChannel = class extends Channel {
    constructor(name) {
      super(name);
      globalThis.listening += 1;
    }
    close() {
      super.close();
      globalThis.listening -= 1;
    }
  };
}

test("S5: a trap in the middle of a refresh leaves no lock, listener or channel behind", async (t) => {
  const page = await world.page(t, { before: [armTrap, countListening] });
  await world.api.delayRefreshes(300);
  const result = await page.evaluate(async () => {
    const session = await expired({ store: "indexeddb" });
    const held = async () => (await navigator.locks.query()).held.length;
    const sent = watchFetch();
    const waiting = outcome(session.accessToken());
    await when(() => sent.length > 0);
    const before = { held: await held(), listening: listening > 0 };
    globalThis.trapping = true;
    const crashed = await outcome(session.accessToken());
    globalThis.trapping = false;
    await when(async () => (await held()) === 0);
    const after = { held: await held(), listening };
    const next = await start({ store: "indexeddb" });
    // The answer of the refresh is lost with the session that asked for it.
    await next.signIn(demo);
    await next.refresh();
    return { before, after, crashed: crashed.error.code, waiting: (await waiting).error.code };
  });
  assert.deepEqual(result.before, { held: 1, listening: true });
  assert.deepEqual(result.after, { held: 0, listening: 0 });
  assert.deepEqual([result.crashed, result.waiting], ["crashed", "crashed"]);
});

test("S5: a trap in the middle of a refresh, where no call is under way, leaves nobody waiting", async (t) => {
  const page = await world.page(t, { before: armTrap });
  const waiting = await page.evaluate(async () => {
    const session = await expired();
    watchFetch(({ url }) => {
      if (!url.endsWith("/refresh/")) return undefined;
      globalThis.trapping = true;
      return new Promise((resolve) => setTimeout(() => resolve(new Response("{}")), 50));
    });
    const waiting = outcome(session.fetch(`${api}/api/protected/`));
    return Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 8000, "still waiting"))]);
  });
  assert.equal(waiting.error?.code, "crashed");
});

test("S5: a trap in the middle of a refresh gives the lock back that the other tabs wait for", async (t) => {
  const page = await world.page(t, { before: armTrap });
  const { error, held } = await page.evaluate(async () => {
    const session = await expired({ store: "indexeddb" });
    const locks = async () => (await navigator.locks.query()).held.length;
    let held;
    const refreshing = async () => {
      held = await locks();
      globalThis.trapping = true;
      return answered(500);
    };
    watchFetch(({ url }) => (url.endsWith("/refresh/") ? refreshing() : undefined));
    const { error } = await outcome(session.fetch(`${api}/api/protected/`));
    await when(async () => (await locks()) === 0);
    return { error, held };
  });
  assert.deepEqual([error.code, held], ["crashed", 1]);
});

test("S5: after a crash a new session works in the same page, from the stored record", async (t) => {
  const page = await world.page(t, { before: armTrap });
  const result = await page.evaluate(async () => {
    const results = [];
    let session = await signedIn({ store: "indexeddb" });
    const { sessionId } = session.state;
    for (let crash = 0; crash < 3; crash += 1) {
      globalThis.trapping = true;
      await session.accessToken().catch(() => {});
      globalThis.trapping = false;
      session.close();
      session = await start({ store: "indexeddb" });
      await revoke(session);
      const { status } = await session.fetch(`${api}/api/protected/`);
      results.push([status, session.state.sessionId === sessionId]);
    }
    return { results, generation: session.state.generation };
  });
  assert.deepEqual(result, { results: Array(3).fill([200, true]), generation: 4 });
});

test("S5: an answer that comes after a crash does no harm to the next session", async (t) => {
  const page = await world.page(t, { before: armTrap });
  await world.api.delayRefreshes(300);
  const result = await page.evaluate(async () => {
    const first = await expired();
    const sent = watchFetch();
    const waiting = outcome(first.accessToken());
    await when(() => sent.length > 0);
    first.close();
    globalThis.trapping = true;
    await outcome(start());
    globalThis.trapping = false;
    const next = await signedIn();
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { waiting: (await waiting).error.code, next: await outcome(next.fetch(`${api}/api/protected/`)) };
  });
  assert.deepEqual(result, { waiting: "closed", next: { value: 200 } });
});

test("S5: a clock that throws crashes the session and nothing else", async (t) => {
  const page = await world.page(t);
  const results = await page.evaluate(async () => {
    const session = await signedIn();
    const { now } = Date;
    Date.now = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    const crashed = await outcome(session.accessToken());
    Date.now = now;
    const next = await signedIn();
    return [crashed.error?.code, await outcome(next.fetch(`${api}/api/protected/`))];
  });
  assert.deepEqual(results, ["crashed", { value: 200 }]);
});

test("S5: a global fetch that throws is a failed request, not a crash", async (t) => {
  const page = await world.page(t);
  const results = await page.evaluate(async () => {
    const session = await expired();
    const broken = watchFetch(() => {
      throw new Error("a wrapper's own");
    });
    const waiting = session.accessToken();
    await when(() => seen().some(({ type }) => type === "refresh-failed"));
    watchFetch();
    return { code: seen().at(-1).error.code, attempts: broken.length, later: (await waiting).length > 0 };
  });
  assert.equal(results.code, "unavailable");
  assert.equal(results.later, true);
});
