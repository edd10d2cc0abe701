// What happens in this tab, as marks on the timeline: each has an id, a kind, a beginning and, once it is over, an end.

import { outcome } from "./requests.js";

/** Calls `changed` with each mark when it begins and when it ends. */
export function createMarks(changed) {
  let latest = 0;
  /** What is under way in the session, by its kind: there is one of each. */
  const open = new Map();
  /** Whether this tab has fetched the tokens that come next. */
  let isOwn = false;

  function begin(kind, from, particulars) {
    const mark = { id: (latest += 1), kind, from, ...particulars };
    changed(mark);
    return mark;
  }

  function end(kind, to, particulars) {
    const mark = open.get(kind);
    open.delete(kind);
    if (mark) changed(Object.assign(mark, { to }, particulars));
  }

  function beginOne(kind, from, particulars) {
    end(kind, from);
    open.set(kind, begin(kind, from, particulars));
  }

  const isRefresh = ({ url }) => url.endsWith("/refresh/");

  const events = {
    "signed-in": ({ at, session, generation }) => beginOne("generation", at, { session, generation, isOwn, text: "signed in" }),
    refreshed: ({ at, session, generation }) => beginOne("generation", at, { session, generation, isOwn }),
    "signed-out": ({ at }) => end("generation", at),
  };

  /** The debug lines that the timeline shows. */
  const lines = {
    event: (line) => {
      events[line.type]?.(line);
      isOwn = false;
    },
    "lock-asked": ({ at }) => beginOne("lock", at),
    "lock-held": ({ at }) => end("lock", at),
    "lock-failed": ({ at }) => end("lock", at),
    "lock-released": ({ at }) => end("lock", at),
    "endpoint-sent": (line) => {
      if (isRefresh(line)) beginOne("refresh", line.at);
    },
    "endpoint-answered": (line) => {
      isOwn = line.status === 200;
      if (isRefresh(line)) end("refresh", line.at, isOwn ? { outcome: "good" } : { outcome: "bad", text: String(line.status) });
    },
    "endpoint-failed": (line) => {
      if (isRefresh(line)) end("refresh", line.at, { outcome: "bad", text: line.failure });
    },
  };

  return {
    /** @param line of evertoken/debug */
    line: (line) => lines[line.what]?.(line),
    /** A session that was there when the page was loaded. */
    found: ({ sessionId, generation }) => beginOne("generation", Date.now(), { session: sessionId, generation, text: "found" }),
    /** A request of requests.js. */
    async request(request) {
      const mark = begin("request", Date.now(), { number: request.number, outcome: request.waited ? "waited" : "open" });
      await request.done;
      changed(Object.assign(mark, { to: Date.now(), outcome: outcome(request) }));
    },
  };
}
