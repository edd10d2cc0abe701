// Workers of isolated sessions that do not start, end, or are left by their pages.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld, until } from "./harness.mjs";
import { endless, isolate } from "./isolation.mjs";

const world = await openWorld({
  django: { accessSeconds: 60 },
  launch: { ignoreDefaultArgs: ["--disable-back-forward-cache"] },
});

beforeEach(() => world.api.reset());

const MISSING = {
  "whose script is missing": (Kind) => new Kind("/nowhere.js", { type: "module" }),
  "that throws": (Kind) => new Kind("/other-worker.js?kind=throws", { type: "module" }),
  "that serves no session": (Kind) => new Kind("/other-worker.js", { type: "module" }),
};

for (const kind of ["Worker", "SharedWorker"]) {
  for (const [what, make] of Object.entries(MISSING)) {
    test(`a ${kind} ${what} is told in time, with what to do`, async (t) => {
      const page = await world.page(t);
      const { error } = await page.evaluate(
        async ({ make, kind }) => {
          hurry();
          return outcome(isolated.createSession({ worker: eval(make)(globalThis[kind]) }));
        },
        { make: String(make), kind },
      );
      assert.equal(error.code, "worker-unavailable");
      assert.match(error.message, /serveSession.*worker-src/);
    });
  }

  test(`a ${kind} that the page's policy forbids is told`, async (t) => {
    const page = await world.page(t, { csp: "worker-src 'none'" });
    const { error } = await page.evaluate(async (kind) => {
      hurry();
      return outcome((async () => isolated.createSession({ worker: new globalThis[kind]("/plain-worker.js", { type: "module" }) }))());
    }, kind);
    assert.equal(error.code, "worker-unavailable");
  });
}

test("a worker of another build is told apart, and so is what is no worker", async (t) => {
  const page = await world.page(t);
  const codes = await page.evaluate(async () => {
    const worker = new Worker("/other-worker.js?kind=outdated", { type: "module" });
    const calls = [{ worker }, { worker: {} }, {}, undefined, { worker, store: "memory" }];
    return Promise.all(calls.map(async (options) => (await outcome(isolated.createSession(options))).error.code));
  });
  assert.deepEqual(codes, ["worker-outdated", ...Array(4).fill("invalid-option")]);
});

test("what is wrong with the worker's options is told to every page, and tried again", async (t) => {
  const page = await world.page(t);
  const errors = await page.evaluate(async () => {
    const start = (options) => outcome(startIsolated(options, { servers }).then((session) => session.state.status));
    const once = () => {
      globalThis.tries = (globalThis.tries ?? 0) + 1;
      if (tries === 1) {
        const error = new TypeError("not now");
        throw Object.assign(error, { cause: error });
      }
      return { backend: simpleJwt(`${api}/api/token/`) };
    };
    return [
      await start(once),
      await start(once),
      await start(() => ({ backend: simpleJwt("nowhere://") })),
      await start(() => ({ backend: simpleJwt(`${api}/api/token/`), store: "local" })),
      await start(() => ({ backend: flaskJwtCookies(`${api}/`) })),
      await start(() => ({ backend: customBackend({ url: api, answer: { access: "access" }, refresh: {}, cookies: {} }) })),
      await start(() => {}),
    ];
  });
  assert.deepEqual(
    errors.map(({ value, error }) => value ?? error.code ?? error.message),
    ["not now", "signed-out", ...Array(5).fill("invalid-option")],
  );
});

test("a worker whose policy forbids WebAssembly is told", async (t) => {
  const page = await world.page(t);
  const { error } = await page.evaluate(() => {
    const worker = new SharedWorker(`/plain-worker.js?api=${api}&csp=script-src 'self'`, { type: "module" });
    return outcome(isolated.createSession({ worker }));
  });
  assert.equal(error.code, "wasm-blocked");
});

test("a session as an application writes it works", async (t) => {
  const page = await world.page(t);
  const { status, user } = await page.evaluate(async () => {
    const session = await isolated.createSession({ worker: new SharedWorker(`/plain-worker.js?api=${api}`, { type: "module" }) });
    await session.signIn(demo);
    const response = await session.fetch(`${api}/api/protected/`);
    return { status: response.status, user: (await response.json()).user };
  });
  assert.deepEqual({ status, user }, { status: 200, user: "demo" });
});

for (const kind of ["dedicated", "shared"]) {
  test(`when its ${kind} worker ends, everything fails by name, and a new one goes on with the stored session`, async (t) => {
    const page = await world.page(t);
    await isolate(page, () => ({ backend: simpleJwt(`${api}/api/token/`), store: "indexeddb" }), { kind });
    const { codes, rest, status } = await page.evaluate(async (kind) => {
      await session.signIn(demo);
      const { body } = await session.fetch(`${api}/api/protected/`);
      const pending = [outcome(session.fetch(`${api}/api/slow/`)), outcome(session.signIn(demo))];
      // At once: neither can have been answered.
      if (kind === "dedicated") workerOf(session).terminate();
      else void inWorker(session, () => close());
      const ended = await Promise.all(pending);
      const calls = [() => session.fetch(api), () => session.fetch(recorder), () => session.refresh(), () => session.state];
      const later = await Promise.all(calls.map((call) => outcome((async () => call())())));
      const rest = await outcome(new Response(body).text());
      const options = () => ({ backend: simpleJwt(`${api}/api/token/`), store: "indexeddb" });
      const next = await startIsolated(options, { kind, servers, name: "next" });
      const { status } = await next.fetch(`${api}/api/protected/`);
      return { codes: [...ended, ...later].map(({ error }) => error?.code), rest, status };
    }, kind);
    assert.deepEqual(codes, Array(6).fill("crashed"));
    assert.ok(rest.error, "a body that has not come is no whole body");
    assert.equal(status, 200);
  });
}

test("a session that is closed refuses every call; its worker and other pages go on", async (t) => {
  const [page, other] = await world.pages(t, 2);
  await isolate(page);
  await isolate(other);
  const { running, codes } = await page.evaluate(async () => {
    await session.signIn(demo);
    globalThis.heard = [];
    session.on("signed-out", ({ type }) => heard.push(type));
    const running = outcome(session.fetch(`${api}/api/slow/`));
    session.close();
    session.close();
    await session[Symbol.asyncDispose]?.();
    const codes = await codesOfAll(session);
    return { running: await running, codes };
  });
  assert.equal(running.value, 200, "what is under way ends by itself");
  assert.deepEqual(codes, Array(10).fill("closed"));
  assert.equal(await other.evaluate(async () => (await session.fetch(`${api}/api/protected/`)).status), 200);
  await other.evaluate(() => session.signOut());
  assert.deepEqual(await page.evaluate(() => heard), []);
});

const ENDS = {
  "is cancelled": (page) => page.evaluate(() => response.body.cancel()),
  "is aborted": (page) => page.evaluate(() => controller.abort()),
  // Its signal lives on, as those of whole applications do.
  "is dropped": async (page) => {
    await page.evaluate(() => void delete globalThis.response);
    // What is found to be garbage is told in a task of its own.
    await page.requestGC();
  },
  "is of a page that is closed": (page) => page.close(),
};

for (const [end, act] of Object.entries(ENDS)) {
  test(`an answer whose body ${end} ends at the server, too`, async (t) => {
    const [page, other] = await world.pages(t, 2);
    const cut = endless(world.recorder, "/endless/");
    await isolate(page);
    await isolate(other);
    const size = await page.evaluate(async () => {
      globalThis.controller = new AbortController();
      globalThis.response = await session.fetch(`${recorder}/endless/`, { signal: controller.signal });
      const reader = response.body.getReader();
      const { value } = await reader.read();
      reader.releaseLock();
      return value.length;
    });
    assert.ok(size > 0);
    await act(page);
    await cut;
    assert.equal(await other.evaluate(() => session.state.status), "signed-out");
  });
}

test("an answer that somebody still waits for is not dropped", async (t) => {
  const page = await world.page(t);
  const begun = new Promise((begin) => {
    world.recorder.answers["/slow/"] = (_, response) => {
      response.writeHead(200, { "content-type": "text/plain" }).write("first ");
      begin(response);
    };
  });
  await isolate(page);
  await page.evaluate(() => {
    globalThis.text = "";
    session.fetch(`${recorder}/slow/`).then(async ({ body }) => {
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) text += chunk;
      text += "end";
    });
  });
  const response = await begun;
  await page.evaluate(() => when(() => text));
  await page.requestGC();
  response.end("last ");
  await page.evaluate(() => when(() => text.endsWith("end")));
  assert.equal(await page.evaluate(() => text), "first last end");
});

test("R6: a request with keepalive outlives its page, and its answer does not", async (t) => {
  const [page, other] = await world.pages(t, 2);
  const noticed = endless(world.recorder, "/endless/");
  const cut = endless(world.recorder, "/kept/");
  const answer = world.recorder.answers["/kept/"];
  const arrived = new Promise((arrive) => {
    world.recorder.answers["/kept/"] = (request, response) => arrive({ request, response });
  });
  await isolate(page);
  await isolate(other);
  await page.evaluate(() => void session.fetch(`${recorder}/kept/`, { method: "POST", body: "last words", keepalive: true }));
  const { request, response } = await arrived;
  // What came later is aborted later.
  await page.evaluate(async () => (globalThis.response = await session.fetch(`${recorder}/endless/`)).status);
  await page.close();
  await noticed;
  assert.deepEqual([request.body, response.destroyed], ["last words", false]);
  answer(request, response);
  await cut;
});

test("a reload keeps the session in memory where the worker lives on", async (t) => {
  const page = await world.page(t);
  await isolate(page, undefined, { extendedLifetime: true });
  await page.evaluate(() => session.signIn(demo));
  await page.reload();
  await isolate(page, undefined, { extendedLifetime: true });
  assert.equal(await page.evaluate(() => session.state.status), "signed-in");
});

test("a page that comes back from the back/forward cache goes on with its session", async (t) => {
  const page = await world.page(t);
  await isolate(page);
  await page.evaluate(() => session.signIn(demo));
  await page.goto(`${world.site.origin}/?elsewhere`);
  // Playwright waits in vain for a page that is not loaded again.
  await page.evaluate(() => void history.back());
  await until(() => page.evaluate(() => globalThis.session !== undefined).catch(() => false), "the page is back");
  const { status } = await page.evaluate(async () => ({ status: (await session.fetch(`${api}/api/protected/`)).status }));
  assert.equal(status, 200);
});
