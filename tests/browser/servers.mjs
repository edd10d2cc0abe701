// The servers inside the test's own process: the site with the test page, and servers that say what a test wants.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { join } from "node:path";
import { packageDirectory, root } from "./processes.mjs";

const TYPES = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };

/** The page's own files, and those of the package below `/pkg/`. */
function fileOf(pathname) {
  const [, inPackage, name] = pathname.replace(/^\/$/, "/index.html").match(/^\/(pkg\/)?([\w.-]+)$/) ?? [];
  return name && join(inPackage ? packageDirectory : join(root, "tests/browser/page"), name);
}

/** @param {{ key: string, cert: string }} [tls] with it, the server speaks HTTP/2 */
async function listen(answer, tls) {
  const server = tls ? createSecureServer(tls, answer) : createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `${tls ? "https" : "http"}://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections?.();
      server.close();
    },
  };
}

/** Serves the test page and the package. `?csp=` gives the page that Content-Security-Policy. */
export function startSite() {
  return listen(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://site");
    const file = fileOf(pathname);
    const contents = file && (await readFile(file).catch(() => undefined));
    if (contents === undefined) return response.writeHead(404).end();
    const type = TYPES[file.split(".").at(-1)];
    const policy = searchParams.get("csp");
    const headers = { "content-type": type, "cache-control": "no-store" };
    response.writeHead(200, policy === null ? headers : { ...headers, "content-security-policy": policy });
    response.end(contents);
  });
}

/**
 * A server of another origin that allows every page everything and records what arrives. `answers` maps a path to
 * `(request, response) => void`, and `*` what has no answer of its own; without one that is `{}`.
 */
export async function startRecorder(answers = {}, tls = undefined) {
  const requests = [];
  const server = await listen(async (request, response) => {
    const { pathname } = new URL(request.url, "http://recorder");
    const chunks = await request.toArray();
    const { method, url, headers } = request;
    requests.push({ method, url, pathname, headers, body: Buffer.concat(chunks).toString() });
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-methods", "*");
    response.setHeader("access-control-allow-headers", headers["access-control-request-headers"] ?? "*");
    if (method === "OPTIONS") return response.writeHead(204).end();
    const answer = answers[pathname] ?? answers["*"] ?? ((_, plain) => sendJson(plain, 200, {}));
    answer(requests.at(-1), response);
  }, tls);
  return {
    ...server,
    answers,
    /** What arrived, without preflights. */
    requests: () => requests.filter(({ method }) => method !== "OPTIONS"),
    /** Everything that arrived as text, to search for what must not be in it. */
    text: () => JSON.stringify(requests),
    forget: () => requests.splice(0),
  };
}

export function sendJson(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** An unsigned JWT; the package verifies no signature. */
export function jwt(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.c2lnbmF0dXJl`;
}

let issued = 0;

/** A token pair as SimpleJWT hands it out. */
export function tokenPair(lifetime = 3600) {
  issued += 1;
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iat, jti: `token-${issued}`, user_id: 1 };
  return {
    access: jwt({ ...claims, token_type: "access", exp: iat + lifetime }),
    refresh: jwt({ ...claims, token_type: "refresh", exp: iat + 86_400 }),
  };
}
