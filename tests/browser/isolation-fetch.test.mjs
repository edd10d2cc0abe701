// Q4, Q5: `session.fetch` over a worker, where that is not as the main entry does it.
import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";
import { openWorld } from "./harness.mjs";
import { endless, isolate, listen } from "./isolation.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

beforeEach(() => world.api.reset());

test("Q5: a request keeps its settings", async (t) => {
  const page = await world.page(t);
  await isolate(page, () => ({ backend: simpleJwt(`${api}/api/token/`), origins: [api, location.origin] }), { kind: "dedicated" });
  const settings = await page.evaluate(async () => {
    await session.signIn(demo);
    // The answer is an account of the request.
    await inWorker(session, () => {
      globalThis.fetch = async (input, init) => {
        const request = new Request(input, init);
        const { method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive } = request;
        const told = { method, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive, priority: init.priority };
        return Response.json({ ...told, own: request.headers.get("x-own"), authorized: request.headers.has("authorization") });
      };
    });
    const asked = { ...unusualSettings, priority: "low" };
    const settings = [];
    const inits = [asked, { ...asked, body: "text" }, { cache: "only-if-cached", mode: "same-origin" }, { referrer: "" }, { redirect: "manual", credentials: "include" }, {}];
    for (const init of inits) {
      const given = { ...init, headers: { "x-own": "1" } };
      const request = new Request("/here/", given);
      const sent = await (await session.fetch("/here/", given)).json();
      settings.push(["headers", { own: "1", authorized: true }, { own: sent.own, authorized: sent.authorized }]);
      for (const name of Object.keys(asked)) settings.push([name, name === "priority" ? init.priority : request[name], sent[name]]);
    }
    return settings;
  });
  assert.equal(settings.length, 66);
  for (const [name, asked, sent] of settings) assert.deepEqual(sent, asked, name);
});

/** Has the worker answer itself, by a function of its `fetch`. */
const INSTEAD = {
  TypeError: () => Promise.reject(new TypeError("no network")),
  AbortError: () => Promise.reject(new DOMException("gone", "AbortError")),
  RangeError: () => Promise.reject(new RangeError("out of range")),
};

for (const [name, answer] of Object.entries(INSTEAD)) {
  test(`Q5: a ${name} of the worker's fetch is one of the page's`, async (t) => {
    const page = await world.page(t);
    await isolate(page, undefined, { kind: "dedicated" });
    const { same, message } = await page.evaluate(
      async ({ name, answer }) => {
        await inWorker(session, `() => void (globalThis.fetch = ${answer})`);
        const error = await session.fetch(api).catch((error) => error);
        return { same: error.name === name && (error instanceof (globalThis[name] ?? DOMException)), message: error.message };
      },
      { name, answer: String(answer) },
    );
    assert.ok(same);
    assert.ok(message);
  });
}

test("Q5: an answer has the status that it came with, also one that no Response can be made of", async (t) => {
  const page = await world.page(t);
  world.recorder.answers["/odd/"] = (_, response) => response.writeHead(999, { "x-odd": "1" }).end("odd");
  await isolate(page);
  const answers = await page.evaluate(async () => {
    const told = async (response) => [response.status, response.ok, response.clone().status, await response.text()];
    return [await told(await session.fetch(`${recorder}/odd/`)), await told(await fetch(`${recorder}/odd/`))];
  });
  assert.deepEqual(answers, Array(2).fill([999, false, 999, "odd"]));
});

test("Q5: an EvertokenError of the worker is one of the page's class, with its code and cause", async (t) => {
  const page = await world.page(t);
  await isolate(page);
  const { error } = await page.evaluate(() => outcome(session.signIn({ username: "demo", password: "wrong" })));
  assert.deepEqual([error.evertoken, error.name, error.code], [true, "EvertokenError", "credentials-refused"]);
});

test("Q4: the stream of a request that was answered early is cancelled", async (t) => {
  const page = await world.page(t);
  await isolate(page, undefined, { kind: "dedicated" });
  const status = await page.evaluate(async () => {
    await inWorker(session, () => void (globalThis.fetch = async () => new Response("enough")));
    let cancelled;
    const isCancelled = new Promise((resolve) => (cancelled = resolve));
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(8)), cancel: cancelled });
    const response = await session.fetch(api, { method: "POST", body, duplex: "half" });
    await response.text();
    await isCancelled;
    return response.status;
  });
  assert.equal(status, 200);
});

test("Q4: what the worker's fetch reads of a stream is asked for chunk by chunk, and its end arrives", async (t) => {
  const page = await world.page(t);
  await isolate(page, undefined, { kind: "dedicated" });
  const { text, most } = await page.evaluate(async () => {
    await inWorker(session, () => void (globalThis.fetch = async (_, { body }) => new Response(await new Response(body).text())));
    let made = 0;
    const pull = (controller) => {
      if (made === 5) controller.close();
      else controller.enqueue(new TextEncoder().encode(`${made++} `));
    };
    const response = await session.fetch(api, { method: "POST", body: new ReadableStream({ pull }), duplex: "half" });
    return { text: await response.text(), most: made };
  });
  assert.deepEqual({ text, most }, { text: "0 1 2 3 4 ", most: 5 });
});

test("Q4: a stream that breaks breaks the request", async (t) => {
  const page = await world.page(t);
  await isolate(page, undefined, { kind: "dedicated" });
  const { error } = await page.evaluate(async () => {
    await inWorker(session, () => void (globalThis.fetch = async (_, { body }) => new Response(await new Response(body).text())));
    const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError("broken on purpose")) });
    return outcome(session.fetch(api, { method: "POST", body, duplex: "half" }));
  });
  assert.equal(error.name, "TypeError");
});

test("Q5: a page that does not read gets no more than it asks for", async (t) => {
  const page = await world.page(t, { before: listen });
  endless(world.recorder, "/endless/");
  await isolate(page);
  const [unread, read] = await page.evaluate(async () => {
    const chunks = () => messages.filter(({ type }) => type === "chunk").length;
    const response = await session.fetch(`${recorder}/endless/`);
    for (let left = 20; left > 0; left -= 1) await (await session.fetch(`${recorder}/empty/`)).text();
    const unread = chunks();
    const reader = response.body.getReader();
    for (let left = 20; left > 0; left -= 1) await reader.read();
    const read = chunks();
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
      ["/moved/", { redirect: "error" }],
      ["/made/", { mode: "no-cors" }],
      ["/made/", { mode: "same-origin" }],
      ["/made/", { integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }],
      ["/made/#part"],
    ];
    const all = async (fetch) => {
      const answers = [];
      for (const [path, init] of requests) answers.push(await fetch(recorder + path, init).then(describe, ({ name }) => name));
      return answers;
    };
    return [await all(session.fetch), await all(fetch)];
  });
  assert.deepEqual(ours, plain);
});
