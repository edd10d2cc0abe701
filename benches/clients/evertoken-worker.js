import { createSession } from "evertoken/isolated";

const open = () => createSession({ worker: new Worker("/evertoken-worker.worker.js", { type: "module" }) });

export async function adopt({ access, refresh }) {
  const session = await open();
  await session.adopt({ access, refresh });
  session.close();
}

export async function start({ api }) {
  const session = await open();
  return { fetch: (path) => session.fetch(api + path), close: () => session.close(), sent };
}

/** When the worker has sent what. */
function sent() {
  const channel = new BroadcastChannel("sent");
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => resolve(data);
    channel.postMessage(undefined);
  }).finally(() => channel.close());
}
