// Pages in Chromium: built ones from a static server, over the demo server's API.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { startDemo } from "../browser/processes.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

const executablePath = process.env.EVERTOKEN_CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
after(() => browser.close());

const demo = await startDemo();
after(() => demo.stop());
export const api = demo.origin;

/** Serves a directory; with a Content-Security-Policy, if there is one, or one for each URL. Returns its origin. */
export async function serve(directory, csp) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://site");
    const { pathname } = url;
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const contents = await readFile(join(directory, name)).catch(() => undefined);
    if (contents === undefined) return response.writeHead(404).end();
    const said = typeof csp === "function" ? csp(url) : csp;
    const policy = said === undefined ? {} : { "content-security-policy": said };
    response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", ...policy }).end(contents);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close() && server.closeAllConnections());
  return `http://127.0.0.1:${server.address().port}`;
}

/** What the page has reported, and what it has loaded of its own origin. */
export async function visit(t, address) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const output = [];
  const loaded = [];
  page.on("console", (message) => output.push(message.text()));
  page.on("pageerror", (error) => output.push(error.stack));
  page.on("response", (response) => loaded.push(new URL(response.url())));
  const { origin } = new URL(address);
  await page.goto(`${address}?api=${encodeURIComponent(api)}`);
  const waiting = page.waitForFunction(() => globalThis.outcome, undefined, { timeout: 20_000 });
  const outcome = await (await waiting.catch((error) => {
    throw new Error(`the page reports nothing: ${output.join("\n")}`, { cause: error });
  })).jsonValue();
  const scripts = loaded.filter((url) => url.origin === origin && url.pathname.endsWith(".js"));
  return { outcome, scripts: scripts.map(({ pathname }) => pathname) };
}
