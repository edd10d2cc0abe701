// node-oidc-provider as a server for the tests: sh serve.sh --port N
//
// The clients are spa (public), basic and post (with the secret "secret"). POST /test/grant/ makes a grant for the demo
// account and returns its first tokens; /protected and /admin take JWTs, /opaque takes opaque tokens. Environment:
//   EVERTOKEN_ACCESS_SECONDS   life of an access token (4)
//   EVERTOKEN_REFRESH_SECONDS  life of a refresh token (3600)
//   EVERTOKEN_ROTATE           1: refresh tokens rotate, and one that is used twice revokes the grant; 0: they stay (1)
//   EVERTOKEN_NONCES           1: DPoP proofs need a nonce, at the token endpoint and at the resources (1)
//   EVERTOKEN_EXPOSE           1: pages may read WWW-Authenticate and DPoP-Nonce of the resources (1)
//   EVERTOKEN_STATE            file that keeps the signing key, grants and tokens
import { createServer } from "node:http";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { renewNonce } from "./proof.mjs";
import { createProvider, grant } from "./provider.mjs";
import { controls, late, record } from "./record.mjs";
import { answer, isResource } from "./resource.mjs";
import { settings } from "./settings.mjs";

const { port } = parseArgs({ options: { port: { type: "string", default: "0" } } }).values;
const server = createServer();
server.listen(Number(port), "127.0.0.1");
await once(server, "listening");

const origin = `http://127.0.0.1:${server.address().port}`;
const provider = createProvider(origin);
const library = provider.callback();
// Errors of the server itself belong in the output of the test that caused them.
provider.on("server_error", (_ctx, error) => console.error(error));

const control = { ...controls, nonce: renewNonce, grant: (wanted) => grant(provider, wanted) };

server.on("request", (request, response) => {
  const { pathname } = new URL(request.url, origin);
  const name = pathname.match(/^\/test\/(\w+)\/$/)?.[1];
  if (name === undefined && request.method !== "OPTIONS") record(request, response, pathname);
  if (pathname === "/token") late(response);
  if (name === undefined && !isResource(pathname)) return library(request, response);
  allow(request, response);
  if (request.method === "OPTIONS") return response.writeHead(204).end();
  const answering = name === undefined ? answer(provider, request, pathname) : steer(request, name);
  return answering.then(
    ({ status, body, headers }) => sendJson(response, status, body, headers),
    (error) => sendJson(response, 500, { error: error.stack }),
  );
});
console.log(`listening on ${origin}`);

async function steer(request, name) {
  if (!Object.hasOwn(control, name)) return { status: 404, body: {} };
  const chunks = await request.toArray();
  const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks));
  return { status: 200, body: (await control[name](body)) ?? {} };
}

/** CORS of our own endpoints; the library has its own. */
function allow(request, response) {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-allow-methods", "*");
  response.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "*");
  if (settings.expose) response.setHeader("access-control-expose-headers", "WWW-Authenticate, DPoP-Nonce");
}

function sendJson(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}
