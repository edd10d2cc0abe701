// @ts-check
import { LOADED, READ, SWAPPED, failureOf } from "./kinds.js";
import { stopwatch } from "./stopwatch.js";

/**
 * @param {import("./lines.js").Tell} tell
 * @param {(session: string | undefined) => void} see is told of each session that the store holds
 * @returns {import("./host.js").Notes}
 */
export function watchStore(tell, see) {
  const loading = stopwatch();
  const writing = stopwatch();
  /** What is being written, by its job. */
  const writes = new Map();

  function ended(job, what, particulars) {
    writes.delete(job);
    tell(what, { ...particulars, duration: writing.stop(job) });
  }

  return {
    calls: {
      load: (job) => loading.start(job),
      // A save is a look at what is there, and a swap if that is what the session thinks it is.
      read: (job) => writing.start(job),
      swap(job, _limit, setAside, present, next) {
        const record = describe(next);
        if (next !== undefined) see(record.session);
        writes.set(job, { ...record, was: describe(present).generation, setAside: setAside ? true : undefined });
      },
    },
    results: {
      [LOADED](job, ok, text, failure) {
        const duration = loading.stop(job);
        if (!ok) return tell("store-failed", { during: "load", failure: failureOf(failure), duration });
        const record = describe(text);
        if (record.session) see(record.session);
        tell("store-loaded", { ...record, duration });
      },
      [READ](job, ok, text, failure) {
        if (!ok) return ended(job, "store-failed", { during: "write", failure: failureOf(failure) });
        return () => {
          if (!writes.has(job)) ended(job, "store-lost", { found: describe(text).generation });
        };
      },
      [SWAPPED](job, ok, text, failure) {
        const write = writes.get(job);
        if (!ok) ended(job, "store-failed", { during: "write", failure: failureOf(failure) });
        // Something else has come there meanwhile; the session looks again.
        else if (text === undefined) writes.delete(job);
        else ended(job, write.session ? "store-written" : "store-cleared", write);
      },
    },
  };
}

/** What is no secret in a record. What is none, or somebody else's, is said to be unreadable and nothing else. */
function describe(text) {
  if (text === undefined) return {};
  try {
    const { session, generation, pending, failures } = JSON.parse(text);
    if (!/^[0-9a-f]{16}$/.test(session) || !Number.isInteger(generation)) return { unreadable: true };
    return { session, generation, pending: pending === undefined ? undefined : true, failures: failures || undefined };
  } catch {
    return { unreadable: true };
  }
}
