// Workers of isolated sessions that do not start, end, or are left by their pages.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld, until } from "./harness.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

/** In the page: `session`, of the Django server unless told otherwise. */
function isolate(page, { kind = "shared", options = () => ({ backend: simpleJwt(`${api}/api/token/`), origins: [api, recorder] }) } = {}) {
  return page.evaluate(
    async ({ options, kind }) => {
      globalThis.session = await startIsolated(options, { kind, servers });
    },
    { options: String(options), kind },
  );
}

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
      if (tries === 1) throw new TypeError("not now");
      return { backend: simpleJwt(`${api}/api/token/`) };
    };
    return [
      await start(once),
      await start(once),
      await start(() => ({ backend: simpleJwt("nowhere://") })),
      await start(() => ({ backend: simpleJwt(`${api}/api/token/`), store: "local" })),
      await start(() => ({ backend: flaskJwtCookies(`${api}/`) })),
      await start(() => {}),
    ];
  });
  assert.deepEqual(
    errors.map(({ value, error }) => value ?? error.code ?? error.message),
    ["not now", "signed-out", ...Array(4).fill("invalid-option")],
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

test("when its worker ends, everything fails by name, and a new one goes on with the stored session", async (t) => {
  const page = await world.page(t);
  await isolate(page, { kind: "dedicated" });
  const { pending, later, body, status } = await page.evaluate(async () => {
    await session.signIn(demo);
    const { body } = await session.fetch(`${api}/api/protected/`);
    const pending = outcome(session.fetch(`${api}/api/slow/`));
    workerOf(session).terminate();
    const first = await pending;
    const calls = [() => session.fetch(api), () => session.fetch(recorder), () => session.refresh(), () => session.state];
    const later = await Promise.all(calls.map((call) => outcome((async () => call())())));
    const rest = await outcome(new Response(body).text());
    const next = await startIsolated(() => ({ backend: simpleJwt(`${api}/api/token/`) }), { kind: "dedicated", servers });
    const { status } = await next.fetch(`${api}/api/protected/`);
    return { pending: first, later, body: rest, status };
  });
  assert.equal(pending.error.code, "crashed");
  assert.deepEqual(later.map(({ error }) => error.code), Array(4).fill("crashed"));
  assert.ok(body.error, "a body that has not come is no whole body");
  assert.equal(status, 200);
});

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
    const calls = [
      () => session.fetch(api),
      () => session.fetch(recorder),
      () => session.accessToken(),
      () => session.idToken,
      () => session.refresh(),
      () => session.signIn(demo),
      () => session.adopt({ access: "opaque" }),
      () => session.signOut(),
      () => session.state,
      () => session.on("refreshed", () => {}),
    ];
    const outcomes = await Promise.all(calls.map((call) => outcome((async () => call())())));
    return { running: await running, codes: outcomes.map(({ error }) => error?.code) };
  });
  assert.equal(running.value, 200, "what is under way ends by itself");
  assert.deepEqual(codes, Array(10).fill("closed"));
  assert.equal(await other.evaluate(async () => (await session.fetch(`${api}/api/protected/`)).status), 200);
  await other.evaluate(() => session.signOut());
  assert.deepEqual(await page.evaluate(() => heard), []);
});

/** Has the recorder answer `/endless/` with a body that never ends; resolves when the connection has been cut. */
function endless() {
  return new Promise((cut) => {
    world.recorder.answers["/endless/"] = (_, response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      const chunk = Buffer.alloc(1 << 16);
      const write = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", write);
      response.on("close", cut);
      write();
    };
  });
}

const ENDS = {
  "is cancelled": (page) => page.evaluate(() => response.body.cancel()),
  "is aborted": (page) => page.evaluate(() => controller.abort()),
  "is dropped": async (page) => {
    await page.evaluate(() => {
      delete globalThis.response;
      delete globalThis.controller;
    });
    // What is found to be garbage is told in a task of its own.
    await page.requestGC();
  },
  "is of a page that is closed": (page) => page.close(),
};

for (const [end, act] of Object.entries(ENDS)) {
  test(`an answer whose body ${end} ends at the server, too`, async (t) => {
    const [page, other] = await world.pages(t, 2);
    const cut = endless();
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

test("a page that does not read gets no more than it asks for", async (t) => {
  const page = await world.page(t, {
    before: () => {
      globalThis.chunks = 0;
      const { set, ...descriptor } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
      const counting = (hear) => (event) => {
        if (event.data?.type === "chunk") chunks += 1;
        hear(event);
      };
      Object.defineProperty(MessagePort.prototype, "onmessage", { ...descriptor, set(hear) { set.call(this, counting(hear)); } });
    },
  });
  endless();
  await isolate(page);
  const [unread, read] = await page.evaluate(async () => {
    const response = await session.fetch(`${recorder}/endless/`);
    for (let left = 20; left > 0; left -= 1) await (await session.fetch(`${recorder}/empty/`)).text();
    const unread = chunks;
    const reader = response.body.getReader();
    for (let left = 20; left > 0; left -= 1) await reader.read();
    const read = chunks;
    await reader.cancel();
    return [unread, read];
  });
  assert.ok(unread <= 22, `${unread} chunks, one of each answer that was read`);
  assert.ok(read >= unread + 19);
});

test("Q5: an answer has what a page can know of it", async (t) => {
  const page = await world.page(t);
  world.recorder.answers["/none/"] = (_, response) => response.writeHead(204).end();
  world.recorder.answers["/made/"] = (_, response) => response.writeHead(201, "Made", { "x-own": "1", "access-control-expose-headers": "x-own" }).end("made");
  world.recorder.answers["/moved/"] = (_, response) => response.writeHead(302, { location: "/made/" }).end();
  await isolate(page);
  const [ours, plain] = await page.evaluate(async () => {
    const describe = async (response) => {
      const { status, statusText, ok, type, url, redirected } = response;
      const clone = response.clone();
      const same = clone.url === url && clone.type === type && clone.redirected === redirected;
      return { status, statusText, ok, type, url, redirected, same, own: response.headers.get("x-own"), body: await response.text(), cloned: await clone.text() };
    };
    const requests = [
      ["/none/"],
      ["/made/"],
      ["/made/", { method: "HEAD" }],
      ["/moved/"],
      ["/moved/", { redirect: "manual" }],
      ["/made/", { mode: "no-cors" }],
      ["/made/#part"],
    ];
    const all = async (fetch) => {
      const answers = [];
      for (const [path, init] of requests) answers.push(await describe(await fetch(recorder + path, init)));
      return answers;
    };
    return [await all(session.fetch), await all(fetch)];
  });
  assert.deepEqual(ours, plain);
});
