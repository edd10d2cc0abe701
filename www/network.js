// Watches what really goes out. The package calls globalThis.fetch for each attempt, so counting those calls tells what no
// wrapper around session.fetch could: whether a request was sent twice, and which refreshes this tab made.

const attempts = new Map();
const refreshes = [];
const realFetch = globalThis.fetch;

globalThis.fetch = function watchedFetch(input, init) {
  const url = new URL(input instanceof Request ? input.url : input, location.href);
  const answer = realFetch.call(this, input, init);
  if (url.pathname === "/api/protected/") attempts.set(url.search, (attempts.get(url.search) ?? 0) + 1);
  if (url.pathname === "/api/token/refresh/") timeRefresh(answer);
  return answer;
};

async function timeRefresh(answer) {
  const refresh = { begun: performance.now(), duration: null };
  refreshes.push(refresh);
  await answer.catch(() => {});
  refresh.duration = performance.now() - refresh.begun;
}

/** How often the request with this query has gone out; forgets it. */
export function takeAttempts(query) {
  const count = attempts.get(query) ?? 0;
  attempts.delete(query);
  return count;
}

/** How many refreshes this tab has sent since it was loaded. */
export const refreshCount = () => refreshes.length;

/** The milliseconds of this tab's refresh since the last call, or null: another tab made it. */
let told = 0;
export function takeRefresh() {
  const latest = refreshes.length > told ? refreshes.at(-1).duration : null;
  told = refreshes.length;
  return latest;
}
