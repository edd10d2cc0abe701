// R3, S2: stores that are full, missing, forbidden, or hold something else.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

/** In the page, before the package: what is wrong with the storage while `globalThis.broken` is true. */
const TROUBLES = {
  "a put that throws QuotaExceededError": {
    code: "store-full",
    before: () => {
      const { put } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.put = function (...values) {
        if (globalThis.broken) throw new DOMException("no room", "QuotaExceededError");
        return put.apply(this, values);
      };
    },
  },
  "a transaction that is aborted for want of room": {
    code: "store-full",
    before: () => {
      const { put } = IDBObjectStore.prototype;
      const full = new DOMException("no room", "QuotaExceededError");
      Object.defineProperty(IDBTransaction.prototype, "error", { get: () => full });
      IDBObjectStore.prototype.put = function (...values) {
        const request = put.apply(this, values);
        if (globalThis.broken) this.transaction.abort();
        return request;
      };
    },
  },
  "a database that cannot be opened": {
    code: "store-unavailable",
    before: () => {
      const { open } = IDBFactory.prototype;
      IDBFactory.prototype.open = function (name, version) {
        // A version that is lower than the present one fails to open.
        return open.call(this, globalThis.broken ? "evertoken-broken" : name, version);
      };
      const opening = indexedDB.open("evertoken-broken", 2);
      opening.onsuccess = () => opening.result.close();
    },
  },
  "a factory that throws SecurityError": {
    code: "store-denied",
    before: () => {
      const { get } = Object.getOwnPropertyDescriptor(globalThis, "indexedDB");
      Object.defineProperty(globalThis, "indexedDB", {
        get() {
          if (globalThis.broken) throw new DOMException("forbidden", "SecurityError");
          return get.call(globalThis);
        },
      });
    },
  },
  "no IndexedDB": {
    code: "store-unavailable",
    before: () => {
      const { get } = Object.getOwnPropertyDescriptor(globalThis, "indexedDB");
      Object.defineProperty(globalThis, "indexedDB", {
        get: () => (globalThis.broken ? undefined : get.call(globalThis)),
      });
    },
  },
};

test("R3: with a database that never opens the session goes on in memory and says so", async (t) => {
  const page = await world.page(t);
  const { status, events } = await page.evaluate(async () => {
    hurry();
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = () => new EventTarget();
    const session = await signedIn({ store: "indexeddb" });
    const { status } = await session.fetch(`${api}/api/protected/`);
    IDBFactory.prototype.open = open;
    return { status, events: seen() };
  });
  assert.equal(status, 200);
  assert.deepEqual(
    events.map(({ type, error }) => [type, error?.code]),
    [["store-failed", "store-timeout"], ["signed-in", undefined]],
  );
});

test("R2: with a database that hangs a refresh ends in an error that names the store", async (t) => {
  const page = await world.page(t);
  const { answer, refreshes } = await page.evaluate(async () => {
    hurry();
    const session = await expired({ store: "indexeddb" });
    const sent = watchFetch();
    IDBFactory.prototype.open = () => new EventTarget();
    const answer = await outcome(session.fetch(`${api}/api/protected/`));
    return { answer, refreshes: sent.length };
  });
  assert.equal(answer.error?.code, "store-timeout");
  assert.equal(refreshes, 0, "nothing is sent that could not be noted");
});

for (const [trouble, { code, before }] of Object.entries(TROUBLES)) {
  test(`R3: with ${trouble} the session goes on in memory and says so`, async (t) => {
    const page = await world.page(t, { before });
    const result = await page.evaluate(async () => {
      globalThis.broken = true;
      const session = await signedIn({ store: "indexeddb" });
      const first = (await session.fetch(`${api}/api/protected/`)).status;
      await revoke(session);
      const refreshed = (await session.fetch(`${api}/api/protected/`)).status;
      return { first, refreshed, generation: session.state.generation, events: seen() };
    });
    assert.deepEqual([result.first, result.refreshed, result.generation], [200, 200, 2]);
    const failures = result.events.filter(({ type }) => type === "store-failed");
    assert.equal(failures.length, 1, "told once, not at every write");
    assert.equal(failures[0].error.code, code);
  });
}

test("R3: a store that fails in the middle of a session's life loses nothing, and is written again when it can be", async (t) => {
  const page = await world.page(t, { before: TROUBLES["a put that throws QuotaExceededError"].before });
  const result = await page.evaluate(async () => {
    const session = await signedIn({ store: "indexeddb" });
    const refresh = async () => {
      await revoke(session);
      const { status } = await session.fetch(`${api}/api/protected/`);
      const { generation } = JSON.parse(await stored());
      return { status, inMemory: session.state.generation, stored: generation };
    };
    globalThis.broken = true;
    const during = await refresh();
    globalThis.broken = false;
    const after = await refresh();
    return { during, after, events: seen().map(({ type }) => type) };
  });
  assert.deepEqual(result.during, { status: 200, inMemory: 2, stored: 1 });
  assert.deepEqual(result.after, { status: 200, inMemory: 3, stored: 3 });
  assert.deepEqual(result.events, ["signed-in", "store-failed", "refreshed", "refreshed"]);
});

test("R3: with sessionStorage full the session goes on in memory and says so", async (t) => {
  const page = await world.page(t);
  const { status, events } = await page.evaluate(async () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("no room", "QuotaExceededError");
    };
    const session = await signedIn({ store: "session" });
    return { status: (await session.fetch(`${api}/api/protected/`)).status, events: seen() };
  });
  assert.equal(status, 200);
  assert.equal(events.find(({ type }) => type === "store-failed").error.code, "store-full");
});

const record = { v: 1, session: "0".repeat(16), generation: 1, access: "a", refresh: "r", received: 0, failures: 0 };

const GARBAGE = {
  "no JSON": "garbage",
  nothing: "",
  "JSON of another kind": "[1]",
  "a record cut short": JSON.stringify(record).slice(0, -9),
  "a record without a generation": JSON.stringify({ ...record, generation: undefined }),
  "an object": { tokens: ["not", "text"] },
  "a number": 42,
};

for (const [what, value] of Object.entries(GARBAGE)) {
  test(`S2: a store that holds ${what} is signed out, says so, and sets it aside at the next sign-in`, async (t) => {
    const page = await world.page(t);
    const result = await page.evaluate(async (value) => {
      await putStored(value);
      const session = await start({ store: "indexeddb" });
      await when(() => seen().length > 0);
      const before = { state: session.state, stored: await stored(), events: seen() };
      await session.signIn(demo);
      const { status } = await session.fetch(`${api}/api/protected/`);
      return { before, status, asides: await asides(), stored: JSON.parse(await stored()) };
    }, value);
    assert.deepEqual(result.before.state, { status: "signed-out" });
    assert.deepEqual(result.before.stored, value, "looking destroys nothing");
    assert.deepEqual(
      result.before.events.map(({ type, error }) => [type, error.code]),
      [["store-failed", "record-corrupt"]],
    );
    assert.equal(result.status, 200);
    assert.deepEqual(result.asides, [value]);
    assert.equal(result.stored.generation, 1);
  });
}

test("S2: a record of a newer version is left alone until the next sign-in, and then set aside", async (t) => {
  const page = await world.page(t);
  const newer = '{"v":2,"anything":true}';
  const result = await page.evaluate(async (newer) => {
    await putStored(newer);
    const session = await start({ store: "indexeddb" });
    await when(() => seen().length > 0);
    await session.signOut();
    const before = { state: session.state, stored: await stored(), events: seen() };
    await session.signIn(demo);
    return { before, asides: await asides(), generation: session.state.generation };
  }, newer);
  assert.deepEqual(result.before.state, { status: "signed-out" });
  assert.equal(result.before.stored, newer);
  assert.equal(result.before.events[0].error.code, "record-newer");
  assert.deepEqual(result.asides, [newer]);
  assert.equal(result.generation, 1);
});

test("S2: what is set aside stays, whatever follows it and whatever a session is called", async (t) => {
  const page = await world.page(t);
  const result = await page.evaluate(async () => {
    for (const garbage of ["first", "second"]) {
      await putStored(garbage);
      await (await start({ store: "indexeddb" })).signIn(demo);
    }
    await signedIn({ store: "indexeddb", name: "default:set-aside" });
    return { asides: await asides(), session: JSON.parse(await stored("default:set-aside")).generation };
  });
  assert.deepEqual(result, { asides: ["first", "second"], session: 1 });
});

test("S2: garbage in sessionStorage is set aside at the next sign-in, each piece by itself", async (t) => {
  const page = await world.page(t);
  const result = await page.evaluate(async () => {
    const states = [];
    for (const garbage of ["first", "second"]) {
      sessionStorage.setItem("evertoken:default", garbage);
      const session = await start({ store: "session" });
      states.push(session.state.status);
      await session.signIn(demo);
    }
    const keys = Object.keys(sessionStorage).filter((key) => !key.startsWith("evertoken:"));
    return { states, asides: keys.map((key) => sessionStorage[key]).sort() };
  });
  assert.deepEqual(result, { states: ["signed-out", "signed-out"], asides: ["first", "second"] });
});

test("R2: two sessions in one page that keep it in sessionStorage refresh once between them", async (t) => {
  const page = await world.page(t);
  const statuses = await page.evaluate(async () => {
    const first = await signedIn({ store: "session" });
    const second = await start({ store: "session" });
    await revoke(first);
    const answers = await Promise.all([first, second].map((session) => session.fetch(`${api}/api/protected/`)));
    return answers.map(({ status }) => status);
  });
  assert.deepEqual(statuses, [200, 200]);
  assert.equal((await world.api.stats()).refreshes, 1);
});

test("S2: in a sandboxed frame, which has no storage, locks or channels, the session lives in memory and refreshes", async (t) => {
  const page = await world.page(t);
  const result = await page.evaluate(async () => {
    // Each file with those that it imports.
    const inlined = async (name, ...imported) => {
      const text = await (await fetch(`/pkg/${name}.js`)).text();
      const address = ([file, source]) => [`"./${file}.js"`, JSON.stringify("data:text/javascript," + encodeURIComponent(source))];
      return imported.map(address).reduce((text, [file, url]) => text.replaceAll(file, url), text);
    };
    const errors = await inlined("errors");
    const shared = await inlined("shared", ["errors", errors]);
    const source = await inlined("evertoken", ["errors", errors], ["shared", shared]);
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.srcdoc = `<script type="module">
      onmessage = async ({ data: { source, api } }) => {
        const { createSession, simpleJwt } = await import("data:text/javascript," + encodeURIComponent(source));
        const session = await createSession({ backend: simpleJwt(api + "/api/token/") });
        const codes = [];
        session.on("store-failed", ({ error }) => codes.push(error.code));
        await session.signIn({ username: "demo", password: "demo" });
        const access = await session.accessToken();
        await fetch(api + "/test/revoke/", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ access }),
        });
        const { status } = await session.fetch(api + "/api/protected/");
        parent.postMessage({ status, codes, generation: session.state.generation }, "*");
      };
      parent.postMessage("ready", "*");
    </script>`;
    const heard = () => new Promise((resolve) => addEventListener("message", ({ data }) => resolve(data), { once: true }));
    const ready = heard();
    document.body.append(frame);
    await ready;
    const result = heard();
    frame.contentWindow.postMessage({ source, api }, "*");
    return Promise.race([result, new Promise((resolve) => setTimeout(resolve, 8000, "nothing"))]);
  });
  assert.deepEqual(result, { status: 200, codes: ["store-denied"], generation: 2 });
});
