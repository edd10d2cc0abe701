// WebSockets that carry the token.
import assert from "node:assert/strict";
import { once } from "node:events";
import test, { after } from "node:test";
import { WebSocketServer } from "ws";
import { until } from "../browser/harness.mjs";
import { sendJson } from "../browser/servers.mjs";
import { openWorld } from "./harness.mjs";

const UNAUTHORIZED = 4401;

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: (names) => [...names][0] });
after(() => server.close());
await once(server, "listening");

/** The tokens that connections came with, and those that are open. */
const tokens = [];
const sockets = new Set();

server.on("connection", (socket, { headers, url }) => {
  assert.ok(!url.includes("?"));
  const [, token] = headers["sec-websocket-protocol"]?.split(/, ?/) ?? [];
  if (token) return admit(socket, token);
  socket.once("message", (message) => admit(socket, JSON.parse(message).token));
});

function admit(socket, token) {
  tokens.push(token);
  if (!api.accepts(token)) return socket.close(UNAUTHORIZED);
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  socket.send("welcome");
}

const origins = { "wss://api.example.com": `ws://127.0.0.1:${server.address().port}` };
const { api, page: open } = await openWorld({ "/notes": (_, response) => sendJson(response, 200, {}) }, { origins });

for (const recipe of ["socket.js", "socket-first-message.js"]) {
  const start = async (t) => {
    tokens.length = 0;
    const page = await open(t, ["session.js", recipe]);
    await page.evaluate(() => void (globalThis.socket = connect()));
    await until(() => sockets.size === 1, "it is connected");
    return page;
  };

  test(`${recipe}: connected again, it brings the token of that moment`, async (t) => {
    const page = await start(t);
    api.revoke();
    await page.evaluate((url) => session.fetch(url), `${api.origin}/notes`);
    for (const socket of sockets) socket.close(1012);
    await until(() => tokens.length === 2 && sockets.size === 1, "it is connected again");
    assert.notEqual(tokens[0], tokens[1]);
    assert.equal(api.refreshes, 1);
  });

  test(`${recipe}: a sign-out closes it`, async (t) => {
    const page = await start(t);
    await page.evaluate(() => session.signOut());
    await until(() => sockets.size === 0, "the server sees it close");
    assert.equal(await page.evaluate(() => socket.shouldReconnect), false);
  });
}

test("a token that the server does not accept is refreshed before the next attempt", async (t) => {
  tokens.length = 0;
  const page = await open(t, ["session.js", "socket.js"]);
  api.revoke();
  await page.evaluate(() => {
    hurry();
    connect();
  });
  await until(() => sockets.size === 1, "it is connected");
  assert.equal(tokens.length, 2);
  assert.equal(api.refreshes, 1);
});
