// @ts-check
// Requests to the session's backend.
import { ANSWERED, failureOf } from "./kinds.js";
import { withoutQuery } from "./requests.js";
import { stopwatch } from "./stopwatch.js";

/**
 * @param {import("./lines.js").Tell} tell
 * @returns {import("./host.js").Notes}
 */
export function watchEndpoint(tell) {
  const waiting = stopwatch();
  /** What is under way, by its job. */
  const sent = new Map();
  /** How many requests in a row have had no good answer, by where they went. */
  const unanswered = new Map();
  return {
    calls: {
      send(job, _limit, method, address) {
        const url = withoutQuery(address);
        const attempt = (unanswered.get(url) ?? 0) + 1;
        unanswered.set(url, attempt);
        sent.set(job, { method, url, attempt });
        waiting.start(job);
        tell("endpoint-sent", sent.get(job));
      },
    },
    results: {
      [ANSWERED](job, ok, _body, status, _date, retryAfter) {
        const request = sent.get(job);
        const duration = waiting.read(job);
        if (!ok) return tell("endpoint-failed", { ...request, failure: failureOf(status, "lost"), duration });
        if (status >= 200 && status < 300) unanswered.delete(request.url);
        tell("endpoint-answered", { ...request, status, retryAfter: retryAfter / 1000 || undefined, duration });
      },
    },
  };
}
