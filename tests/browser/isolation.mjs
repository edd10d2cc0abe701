// What the tests of isolated sessions share.
import { sendJson, tokenPair } from "./servers.mjs";

/**
 * In the page: `session`, with the options that this function makes in the worker. What happens is in `heard`.
 * @param {{ kind?: "shared" | "dedicated", extendedLifetime?: boolean }} [settings]
 */
export function isolate(page, options = ofDjango, settings = {}) {
  return page.evaluate(
    async ({ options, settings }) => {
      globalThis.heard = [];
      globalThis.session = await startIsolated(options, { ...settings, servers });
      session.on("*", (event) => heard.push(event));
    },
    { options: String(options), settings },
  );
}

export const ofDjango = () => ({ backend: simpleJwt(`${api}/api/token/`), origins: [api, recorder] });

/** Before the page's scripts: everything that its ports are told is in `messages`. */
export function listen() {
  globalThis.messages = [];
  const { set, ...descriptor } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage");
  Object.defineProperty(MessagePort.prototype, "onmessage", {
    ...descriptor,
    set(hear) {
      set.call(this, (event) => {
        messages.push(event.data);
        hear(event);
      });
    },
  });
}

/** A server whose tokens are all known. It issues pairs as SimpleJWT does, and its first access token is accepted nowhere. */
export async function startIssuer(world, { lifetime, ...more } = {}) {
  const pairs = [];
  const issue = (_, response) => {
    pairs.push(tokenPair(lifetime));
    sendJson(response, 200, pairs.at(-1));
  };
  const items = ({ headers }, response) => sendJson(response, headers.authorization === `Bearer ${pairs[0]?.access}` ? 401 : 200, {});
  const server = await world.server({ "/token/": issue, "/token/refresh/": issue, "/items/": items, ...more });
  return { server, secrets: () => pairs.flatMap(({ access, refresh }) => [access, refresh]) };
}

/** Has a recorder answer at this path with a body that never ends; resolves when the connection has been cut. */
export function endless(recorder, path) {
  return new Promise((cut) => {
    recorder.answers[path] = (_, response) => {
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
