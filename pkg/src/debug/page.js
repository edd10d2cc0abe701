// @ts-check
// The timer, the page's life, and the messages between tabs.
import { HINT, LOOK, TICK } from "./kinds.js";

/** The messages; anything else in the channel is somebody else's. */
const HINTS = ["changed", "rejected", "interrupted", "signed-out-elsewhere", "replaced"];

/** A timer that is set again for about the same moment is no news, in milliseconds. */
const SAME_MOMENT = 100;

/**
 * @param {import("./lines.js").Tell} tell
 * @returns {import("./host.js").Notes}
 */
export function watchPage(tell) {
  /** When the timer is due. */
  let due;
  return {
    calls: {
      wake(delay) {
        const before = due;
        due = delay < 0 ? undefined : performance.now() + delay;
        if (due !== undefined && !(Math.abs(due - before) < SAME_MOMENT)) tell("timer-set", { delay });
      },
      announce: (hint) => tell("hint-sent", { hint }),
    },
    results: {
      [TICK]: () => tell("timer-fired"),
      [HINT]: (_job, _ok, text) => tell("hint-heard", { hint: HINTS.includes(text) ? text : "unknown" }),
      [LOOK]: (_job, visible) => tell("page", { visible }),
    },
  };
}
