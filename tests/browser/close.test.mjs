// How a session ends in its page: what is let go, and what is not.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

test("S3: a session that nobody holds any more still tells its listeners", async (t) => {
  const [listening, other] = await world.pages(t, 2);
  await listening.evaluate(async () => {
    const session = await createSession({ backend: simpleJwt(`${api}/api/token/`) });
    session.on("signed-in", ({ type }) => {
      globalThis.heard = type;
    });
  });
  await listening.requestGC();
  await other.evaluate(() => signedIn({ store: "indexeddb" }));
  await listening.evaluate(() => when(() => globalThis.heard === "signed-in"));
});

/** In the page, before the package: the memory of the WebAssembly. */
function watchMemory() {
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (module, imports) => {
    const instance = await instantiate(module, imports);
    globalThis.memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
    return instance;
  };
}

test("a session that is closed gives its memory back", async (t) => {
  const page = await world.page(t, { before: watchMemory });
  const { first, last } = await page.evaluate(async () => {
    const sizes = [];
    for (let left = 32; left > 0; left -= 1) {
      const session = await start({ backend: simpleJwt("https://api.example.com/") });
      await session.adopt({ access: "x".repeat(1 << 19) });
      session.close();
      sizes.push(memory.buffer.byteLength);
    }
    return { first: sizes[3], last: sizes.at(-1) };
  });
  assert.equal(last, first);
});

test("R6: a session that is closed in the middle of a refresh still stores what the refresh brings", async (t) => {
  const page = await world.page(t);
  await world.api.delayRefreshes(300);
  const { waiting, generation, status } = await page.evaluate(async () => {
    const session = await expired({ store: "indexeddb" });
    const sent = watchFetch();
    const waiting = outcome(session.accessToken());
    await when(() => sent.length > 0);
    session.close();
    await when(async () => JSON.parse(await stored()).generation === 2);
    const next = await start({ store: "indexeddb" });
    const { status } = await next.fetch(`${api}/api/protected/`);
    return { waiting: await waiting, generation: next.state.generation, status };
  });
  assert.equal(waiting.error.code, "closed");
  assert.deepEqual([generation, status], [2, 200]);
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("a listener that closes its session hears nothing more", async (t) => {
  const page = await world.page(t);
  const { heard, error } = await page.evaluate(async () => {
    const session = await start();
    const heard = [];
    session.on("signed-in", () => session.close());
    session.on("signed-out", ({ type }) => heard.push(type));
    await session.signIn(demo);
    await when(async () => (await outcome(session.signOut())).error?.code === "closed");
    return { heard, error: (await outcome(session.signOut())).error };
  });
  assert.deepEqual(heard, []);
  assert.equal(error.code, "closed");
});

test("everything that is called on a closed session fails by name", async (t) => {
  const page = await world.page(t);
  const codes = await page.evaluate(async () => {
    const session = await signedIn();
    session.close();
    session.close();
    await session[Symbol.asyncDispose]?.();
    return codesOfAll(session);
  });
  assert.deepEqual(codes, Array(10).fill("closed"));
});
