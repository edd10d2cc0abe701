// How the WebAssembly gets into the page: inside of the package, or passed to `evertoken/slim`; and what is said when it does not.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { openWorld } from "./harness.mjs";
import { packageDirectory } from "./processes.mjs";

const world = await openWorld({ django: false });
const bytes = await readFile(join(packageDirectory, "evertoken.wasm"));

/** Starts a session from the page's own script: what runs over the debugger is exempt from the policy at first. */
async function startUnder(t, csp, start) {
  const page = await world.page(t, { csp });
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  return page.evaluate(start);
}

const inlined = () => outcome(start({ backend: simpleJwt("https://api.example.com/") }).then(({ state }) => state.status));

/** What comes of sessions with each of the sources, one after the other; `make` runs in the page. */
async function given(t, make, { csp, answers = {} } = {}) {
  const { origin, requests } = await world.server({
    "/evertoken.wasm": (_, response) => response.writeHead(200, { "content-type": "application/wasm" }).end(bytes),
    ...answers,
  });
  const page = await world.page(t, { csp });
  const outcomes = await page.evaluate(async ({ origin, make }) => {
    const { createSession, EvertokenError } = await import("/pkg/slim.js");
    const sources = await new Function("origin", `return (${make})(origin)`)(origin);
    const outcomes = [];
    for (const wasm of sources) {
      const backend = simpleJwt("https://api.example.com/");
      const session = createSession({ wasm, backend, store: "memory" });
      outcomes.push(await outcome(session.then(({ state }) => state.status)));
    }
    return outcomes;
  }, { origin, make: String(make) });
  return { outcomes, requests: requests().map(({ pathname }) => pathname) };
}

const codes = (outcomes) => outcomes.map(({ value, error }) => value ?? error.code);

test("a policy without 'wasm-unsafe-eval' is named, with what to add", async (t) => {
  const { error } = await startUnder(t, "default-src 'self'", inlined);
  assert.equal(error.code, "wasm-blocked");
  assert.match(error.message, /'wasm-unsafe-eval'.*script-src/);
  assert.equal(error.cause.name, "CompileError");
});

test("a strict policy with 'wasm-unsafe-eval' is enough", async (t) => {
  const result = await startUnder(t, "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", inlined);
  assert.deepEqual(result, { value: "signed-out" });
});

test("an engine that fails for another reason is not taken for a policy, and the next session tries again", async (t) => {
  const result = await startUnder(t, undefined, async () => {
    const { compile } = WebAssembly;
    const full = (bytes) => (bytes.length > 8 ? Promise.reject(new RangeError("out of memory")) : compile(bytes));
    WebAssembly.compile = full;
    const backend = simpleJwt("https://api.example.com/");
    const first = await outcome(start({ backend }));
    WebAssembly.compile = compile;
    return [first.error, await outcome(start({ backend }).then(({ state }) => state.status))];
  });
  const [error, second] = result;
  assert.deepEqual([error.code, error.cause.message], ["wasm-unavailable", "out of memory"]);
  assert.deepEqual(second, { value: "signed-out" });
});

test("an engine without WebAssembly says that it is forbidden", async (t) => {
  const { error } = await startUnder(t, undefined, () => {
    delete globalThis.WebAssembly;
    return outcome(start({ backend: simpleJwt("https://api.example.com/") }));
  });
  assert.equal(error.code, "wasm-blocked");
});

test("sessions of one page compile it once", async (t) => {
  const count = await startUnder(t, undefined, async () => {
    const { compile } = WebAssembly;
    let count = 0;
    WebAssembly.compile = (bytes) => (count++, compile(bytes));
    const backend = simpleJwt("https://api.example.com/");
    await Promise.all([start({ backend }), start({ backend }), start({ backend })]);
    return count;
  });
  assert.equal(count, 1);
});

test("slim takes the WebAssembly in every form in which bundlers and platforms hand it out", async (t) => {
  const { outcomes, requests } = await given(t, async (origin) => {
    const url = `${origin}/evertoken.wasm`;
    const bytes = await (await fetch(url)).arrayBuffer();
    return [
      url,
      new URL(url),
      fetch(url),
      await fetch(url),
      new Response(bytes),
      bytes,
      new Uint8Array(bytes),
      await WebAssembly.compile(bytes),
      () => url,
      async () => fetch(url),
    ];
  });
  assert.deepEqual(codes(outcomes), Array(10).fill("signed-out"));
  assert.equal(requests.length, 7);
});

test("slim fetches once for sessions with one address, and streams what has the right type", async (t) => {
  const { outcomes, requests } = await given(t, (origin) => {
    WebAssembly.compile = () => Promise.reject(new Error("not streamed"));
    return Array(3).fill(`${origin}/evertoken.wasm`);
  });
  assert.deepEqual(codes(outcomes), Array(3).fill("signed-out"));
  assert.equal(requests.length, 1);
});

test("slim takes the WebAssembly from servers that know no type for it", async (t) => {
  const { outcomes } = await given(t, (origin) => [`${origin}/untyped`], {
    answers: { "/untyped": (_, response) => response.end(bytes) },
  });
  assert.deepEqual(codes(outcomes), ["signed-out"]);
});

test("slim tries again after a failure", async (t) => {
  let asked = 0;
  const recover = (_, response) => (++asked < 2 ? response.writeHead(503).end() : response.end(bytes));
  const { outcomes } = await given(t, (origin) => {
    const offline = () => Promise.reject(new TypeError("Failed to fetch"));
    return [offline, ...Array(2).fill(`${origin}/recovers`)];
  }, { answers: { "/recovers": recover } });
  assert.deepEqual(codes(outcomes), ["wasm-unavailable", "wasm-unavailable", "signed-out"]);
  assert.equal(outcomes[0].error.cause.message, "Failed to fetch");
  assert.match(outcomes[1].error.message, /HTTP 503/);
});

test("slim tells a page in the place of the WebAssembly", async (t) => {
  const { outcomes } = await given(t, (origin) => [`${origin}/page`], {
    answers: { "/page": (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>") },
  });
  assert.deepEqual(codes(outcomes), ["wasm-unavailable"]);
  assert.match(outcomes[0].error.message, /text\/html/);
});

test("slim refuses the WebAssembly of another version, and what is none", async (t) => {
  const { outcomes } = await given(t, async (origin) => {
    const bytes = new Uint8Array(await (await fetch(`${origin}/evertoken.wasm`)).arrayBuffer());
    bytes[bytes.length - 1] ^= 1;
    return [bytes, Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), new Uint8Array(9), 7, undefined];
  });
  const none = ["invalid-option", "invalid-option"];
  assert.deepEqual(codes(outcomes), ["wasm-unavailable", "wasm-unavailable", "wasm-unavailable", ...none]);
  assert.match(outcomes[0].error.message, /this version/);
});

test("slim, too, names the policy that forbids it", async (t) => {
  const { error } = await startUnder(t, "default-src 'self'", async () => {
    const { createSession } = await import("/pkg/slim.js");
    const backend = simpleJwt("https://api.example.com/");
    return outcome(createSession({ wasm: "/pkg/evertoken.wasm", backend, store: "memory" }));
  });
  assert.equal(error.code, "wasm-blocked");
});
