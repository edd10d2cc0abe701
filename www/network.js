// Watches what really goes out. The package calls globalThis.fetch for each attempt, so counting those calls tells what a
// caller of session.fetch cannot see: whether a request was sent twice, and which refreshes this tab made.

const attempts = new Map();
const refreshes = { sent: 0, told: 0, milliseconds: null };
const realFetch = globalThis.fetch;

globalThis.fetch = function watchedFetch(input, init) {
  const url = new URL(input instanceof Request ? input.url : input, location.href);
  const answer = realFetch.call(this, input, init);
  if (url.pathname === "/api/protected/") attempts.set(url.search, (attempts.get(url.search) ?? 0) + 1);
  if (url.pathname === "/api/token/refresh/") time(answer);
  return answer;
};

async function time(answer) {
  const begun = performance.now();
  refreshes.sent += 1;
  await answer.catch(() => {});
  refreshes.milliseconds = performance.now() - begun;
}

/** How often the request with this query has gone out; forgets it. */
export function takeAttempts(query) {
  const count = attempts.get(query) ?? 0;
  attempts.delete(query);
  return count;
}

/** How many refreshes this tab has sent since it was loaded. */
export const refreshesSent = () => refreshes.sent;

/** How long this tab's own refresh took, or null if it has sent none since the last call: then another tab has. */
export function takeOwnRefresh() {
  if (refreshes.sent === refreshes.told) return null;
  refreshes.told = refreshes.sent;
  return refreshes.milliseconds;
}
