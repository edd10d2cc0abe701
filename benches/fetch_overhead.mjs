// What `session.fetch` adds to `fetch`: microseconds per call over a stub that answers at once, against the bare stub in
// the same run. `node benches/fetch_overhead.mjs [--browser]`, after `cargo xtask build`.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const TARGET = 5;
const packageFile = new URL("../pkg/dist/evertoken.js", import.meta.url);

/** Runs in Node and, as text, in a page. Who calls `fetch` with a Request makes one first, so the bare call does, too. */
async function measure({ createSession, simpleJwt }) {
  const ROUNDS = 60;
  const CALLS = 500;
  const url = "https://api.example.com/api/items/?page=2";
  const init = () => ({ method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"value"}' });
  const cases = {
    "string": (fetch) => fetch(url),
    "string with init": (fetch) => fetch(url, init()),
    "Request": (fetch) => fetch(new Request(url, { headers: { accept: "application/json" } })),
  };

  const answer = Promise.resolve(new Response("{}"));
  const stub = () => answer;
  globalThis.fetch = stub;
  const session = await createSession({ backend: simpleJwt("https://api.example.com/api/token/"), store: "memory" });
  const base64url = (value) => btoa(JSON.stringify(value)).replaceAll("=", "");
  const now = Math.floor(Date.now() / 1000);
  const claims = { token_type: "access", iat: now, exp: now + 86_400, jti: "0".repeat(32), user_id: 1 };
  await session.adopt({ access: `${base64url({ alg: "HS256" })}.${base64url(claims)}.${"s".repeat(43)}`, refresh: "refresh" });

  async function round(call, fetch) {
    const begun = performance.now();
    for (let left = CALLS; left > 0; left -= 1) await call(fetch);
    return ((performance.now() - begun) * 1000) / CALLS;
  }
  const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
  const results = [];
  for (const [name, call] of Object.entries(cases)) {
    const times = { bare: [], session: [] };
    for (let left = ROUNDS; left > 0; left -= 1) {
      times.bare.push(await round(call, stub));
      times.session.push(await round(call, session.fetch));
    }
    results.push({ name, bare: median(times.bare), session: median(times.session) });
  }
  session.close();
  return results;
}

async function inPage() {
  const { chromium } = await import("../tests/browser/node_modules/playwright-core/index.mjs");
  const server = createServer((request, response) => {
    const isPackage = request.url.endsWith(".js");
    response.setHeader("content-type", isPackage ? "text/javascript" : "text/html");
    // Without isolation a page's clock is too coarse.
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
    response.end(isPackage ? readFileSync(new URL(`.${request.url}`, packageFile)) : "<!doctype html>");
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const executablePath = process.env.EVERTOKEN_CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await page.evaluate(`import("/evertoken.js").then(${measure})`);
  } finally {
    await browser.close();
    server.close();
  }
}

function report(place, results) {
  console.log(`${place}: microseconds per call, median of interleaved rounds`);
  console.log("call                  bare   session     added   ratio");
  for (const { name, bare, session } of results) {
    const numbers = [bare, session, session - bare].map((number) => number.toFixed(2).padStart(9)).join(" ");
    const verdict = session - bare < TARGET ? "" : `  above the aim of ${TARGET}`;
    console.log(`${name.padEnd(17)}${numbers}${(session / bare).toFixed(1).padStart(8)}${verdict}`);
  }
}

report(`Node ${process.versions.node}`, await measure(await import(packageFile)));
if (process.argv.includes("--browser")) report("Chromium", await inPage());
