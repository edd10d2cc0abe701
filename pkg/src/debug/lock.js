// @ts-check
import { LOCKED, failureOf } from "./kinds.js";
import { stopwatch } from "./stopwatch.js";

/**
 * @param {import("./lines.js").Tell} tell
 * @returns {import("./host.js").Notes}
 */
export function watchLock(tell) {
  const waiting = stopwatch();
  const holding = stopwatch();
  return {
    calls: {
      lock(job) {
        waiting.start(job);
        tell("lock-asked");
      },
      unlock(job) {
        waiting.stop(job);
        const held = holding.stop(job);
        if (held !== undefined) tell("lock-released", { held });
      },
    },
    results: {
      [LOCKED](job, ok, _, failure) {
        const waited = waiting.stop(job);
        // Nobody holds what was given back before it came.
        if (waited === undefined) return;
        if (ok) holding.start(job);
        tell(ok ? "lock-held" : "lock-failed", { waited, failure: ok ? undefined : failureOf(failure) });
      },
    },
  };
}
