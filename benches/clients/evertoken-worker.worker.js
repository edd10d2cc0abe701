// The other half of evertoken-worker.js. Kept, because the others' sessions are.
import { serveSession, simpleJwt } from "evertoken/worker";

serveSession({ backend: simpleJwt(`${location.origin}/api/token/`), store: "indexeddb", name: "worker" });

const sent = new Map();
const send = globalThis.fetch;
globalThis.fetch = (input, init) => {
  sent.set(input.url ?? String(input), performance.timeOrigin + performance.now());
  return send(input, init);
};
const channel = new BroadcastChannel("sent");
channel.onmessage = () => channel.postMessage(sent);
