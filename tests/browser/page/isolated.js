// In the page: sessions whose tokens are in a worker.
import { createSession } from "/pkg/isolated.js";

/** Every session's worker with the channel to what it runs. */
const workers = new WeakMap();

/**
 * @param {Function | string} options makes them, in the worker, where the package's names are global
 * @param {{ kind?: "shared" | "dedicated", servers: URLSearchParams, name?: string, extendedLifetime?: boolean }} settings
 */
export async function startIsolated(options, { kind = "shared", servers, name = "", extendedLifetime = false }) {
  const control = kind === "shared" ? `control-${name}` : crypto.randomUUID();
  const query = new URLSearchParams({ options: String(options), control, api: servers.get("api"), recorder: servers.get("recorder") });
  const url = `/session-worker.js?${query}`;
  const worker = kind === "shared" ? new SharedWorker(url, { type: "module", name, extendedLifetime }) : new Worker(url, { type: "module" });
  const session = await createSession({ worker });
  workers.set(session, { worker, control: new BroadcastChannel(control) });
  return session;
}

export function isIsolated(session) {
  return workers.has(session);
}

export function workerOf(session) {
  return workers.get(session).worker;
}

/** Has the session's worker run a function, by its text. */
export function inWorker(session, run, argument) {
  const { control } = workers.get(session);
  const id = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    control.addEventListener("message", function hear({ data }) {
      if (data.id !== id || data.source !== undefined) return;
      control.removeEventListener("message", hear);
      if (data.error === undefined) resolve(data.value);
      else reject(new Error(data.error));
    });
    control.postMessage({ id, source: `(${run})`, argument });
  });
}

/** `watchFetch` for the requests of the session's worker. */
export async function watchWorker(session, answer) {
  const sent = [];
  workers.get(session).control.addEventListener("message", ({ data }) => data.sent && sent.push(data.sent));
  await inWorker(session, `(() => watchFetch(${answer ?? ""}))`);
  return sent;
}
