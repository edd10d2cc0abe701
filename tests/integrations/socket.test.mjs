// WebSockets that carry the token.
import assert from "node:assert/strict";
import { once } from "node:events";
import test, { after } from "node:test";
import { WebSocketServer } from "ws";
import { until } from "../browser/harness.mjs";
import { sendJson } from "../browser/servers.mjs";
import { openWorld } from "./harness.mjs";

const UNAUTHORIZED = 4401;

/** Slower than elsewhere: after four seconds partysocket gives a connection up, and brings the token again. */
const TIMES = 5;

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
  const ready = async (t) => {
    tokens.length = 0;
    return open(t, ["session.js", recipe]);
  };

  const start = async (t) => {
    const page = await ready(t);
    await page.evaluate(() => void (globalThis.connection = connect()));
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
    assert.equal(await page.evaluate(() => connection.socket.shouldReconnect), false);
  });

  test(`${recipe}: closed, it listens no more`, async (t) => {
    const page = await ready(t);
    const counts = await page.evaluate(() => {
      const listeners = countListeners(session);
      const { close } = connect();
      const connected = listeners();
      close();
      return [connected, listeners()];
    });
    assert.deepEqual(counts, [1, 0]);
  });

  test(`${recipe}: a token that the server does not accept is refreshed before the next attempt`, async (t) => {
    const page = await ready(t);
    api.revoke();
    await page.evaluate((times) => {
      hurry(times);
      connect();
    }, TIMES);
    await until(() => sockets.size === 1, "it is connected");
    assert.equal(tokens.length, 2);
    assert.equal(api.refreshes, 1);
  });

  test(`${recipe}: in an outage of the token endpoint it goes on trying, and brings no token that was refused`, async (t) => {
    const page = await ready(t);
    api.revoke();
    api.tokenStatus = 503;
    await page.evaluate((times) => {
      hurry(times);
      globalThis.failures = 0;
      connect().socket.addEventListener("error", () => (failures += 1));
    }, TIMES);
    await until(() => page.evaluate(() => failures > 1), "two attempts have failed");
    api.tokenStatus = undefined;
    await until(() => sockets.size === 1, "it is connected");
    assert.equal(tokens.length, 2);
    assert.deepEqual(page.output.filter((line) => line.startsWith("uncaught")), []);
  });
}

test("socket-first-message.js: what was sent before there was a connection comes after the token", async (t) => {
  tokens.length = 0;
  const page = await open(t, ["session.js", "socket-first-message.js"]);
  const heard = once(server, "connection").then(async ([socket]) => {
    const messages = [];
    socket.on("message", (message) => messages.push(String(message)));
    await until(() => messages.length === 2, "both messages");
    return messages;
  });
  await page.evaluate(() => connect().socket.send("kept"));
  const [first, second] = await heard;
  assert.equal(JSON.parse(first).token, tokens[0]);
  assert.equal(second, "kept");
});
