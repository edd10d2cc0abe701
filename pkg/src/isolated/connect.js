// @ts-check
import { within } from "#platform/time.js";
import { EvertokenError, invalidOption } from "#errors";
import { Link } from "./link.js";
import { PROTOCOL, signOfLife, watchLife } from "./wire.js";

/** The longest that a worker may take to load and to answer, in milliseconds. */
const PATIENCE = 30_000;

const UNAVAILABLE =
  "The worker does not start: its script is missing, throws, does not call serveSession at once, or the Content-Security-Policy forbids it (worker-src).";
const OTHER_BUILD =
  "The shared worker that runs is of another build of evertoken than this page: close the other tabs, or give the worker another URL or name in each build.";
const DEAD = "The worker of the session has ended; create the worker and the session again.";

/**
 * A channel to the worker, over which both have told that they understand each other.
 * @param {any} worker
 */
export async function connect(worker) {
  const target = worker?.port ?? worker;
  if (typeof target?.postMessage !== "function") throw invalidOption("worker", "is neither a SharedWorker nor a Worker.");
  const { port1, port2 } = new MessageChannel();
  const ended = new AbortController();
  ended.signal.addEventListener("abort", () => port1.close());
  const link = new Link(port1, () => ended.abort());
  try {
    // A worker of the page's own ends with it.
    const alive = target === worker ? undefined : await signOfLife(ended.signal);
    const greeting = greetingOf(worker, link);
    target.postMessage({ evertoken: PROTOCOL, alive }, [port2]);
    const { evertoken, alive: sign } = await greeting;
    if (evertoken !== PROTOCOL) throw new EvertokenError("worker-outdated", OTHER_BUILD);
    watchLife(sign, () => link.fail(new EvertokenError("crashed", DEAD)), ended.signal);
    return link;
  } catch (error) {
    link.close();
    throw error;
  }
}

/** What a worker answers first, in every version. */
async function greetingOf(worker, link) {
  let refuse;
  const greeting = new Promise((resolve, reject) => {
    link.onnews = resolve;
    refuse = ({ message }) => reject(new Error(message));
    worker.addEventListener("error", refuse);
  });
  try {
    return await within(PATIENCE, greeting);
  } catch (cause) {
    throw new EvertokenError("worker-unavailable", UNAVAILABLE, { cause });
  } finally {
    worker.removeEventListener("error", refuse);
  }
}
