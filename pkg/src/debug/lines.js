// @ts-check
import { invalidOption } from "#errors";
import { watchHost } from "./host.js";
import { watchPlacement } from "./requests.js";

/** @typedef {(what: string, particulars?: object) => void} Tell */

/** @param {(line: any) => void} [listener] */
export function debugLines(listener = toConsole) {
  if (typeof listener !== "function") throw invalidOption("listener", "is not a function.");
  /**
   * A line is about now and heard later: a listener may use the session, which is in the middle of something. What it throws is
   * its own.
   * @type {Tell}
   */
  const tell = (what, particulars = {}) => {
    const known = Object.entries(particulars).filter(([, value]) => value !== undefined);
    const line = Object.freeze({ at: Date.now(), what, ...Object.fromEntries(known) });
    queueMicrotask(() => listener(line));
  };
  // What `createSession` asks of it; it is not for applications.
  return Object.freeze({
    host: (createHost) => watchHost(createHost, tell),
    placement: (placement) => watchPlacement(placement, tell),
  });
}

/** A line for people: `evertoken 12:00:01.234 lock-held session=… waited=12`. */
function toConsole({ at, what, ...particulars }) {
  const time = new Date(at).toISOString().slice(11, 23);
  const words = Object.entries(particulars).map(([name, value]) => `${name}=${value}`);
  console.debug(["evertoken", time, what, ...words].join(" "));
}
