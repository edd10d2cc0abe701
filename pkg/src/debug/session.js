// @ts-check
// What callers want, and what the session tells them all.

/** What callers want, as tokens.js counts it. */
const NEEDS = ["start", "token", "fresh-token", "refresh"];

/** Other calls into the WebAssembly; those that have no name here ask for nothing. */
const WANTED = { newer: "newer-token", sign_in: "sign-in", adopt: "adopt", sign_out: "sign-out" };

/**
 * @param {import("./lines.js").Tell} tell
 * @returns {import("./host.js").Notes}
 */
export function watchSession(tell) {
  return {
    calls: {
      called(name, [waiter, need, refused]) {
        if (name === "want") tell("asked", { for: NEEDS[need], waits: waiter > 0 });
        else if (name === "offer") tell("asked", { for: name, waits: false });
        else if (WANTED[name]) tell("asked", { for: WANTED[name], generation: refused, waits: true });
      },
      emitted({ type, generation, reason, error, retryAt }) {
        tell("event", { type, generation, reason, code: error?.code, retryAt });
      },
      abandon: () => tell("crashed"),
      close: () => tell("closed"),
    },
    results: {},
  };
}
