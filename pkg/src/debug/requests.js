// @ts-check
// Requests that go out with the session's token.

/**
 * A placement whose requests are told of. The answers stay the caller's.
 * @param {any} placement
 * @param {import("./lines.js").Tell} tell
 */
export function watchPlacement(placement, tell) {
  const { fetch: send = (input, init) => globalThis.fetch(input, init) } = placement;
  const fetch = (input, init, bearer, once) => {
    const begun = performance.now();
    const answer = send(input, init, bearer, once);
    const asked = requestOf(input, init);
    if (!asked) return answer;
    const { method, url } = asked;
    const session = BigInt.asUintN(64, bearer.session).toString(16).padStart(16, "0");
    const request = { session, method, url: withoutQuery(url), generation: bearer.generation };
    const end = (outcome) => tell("request", { ...request, ...outcome, duration: Math.round(performance.now() - begun) });
    answer.then(
      ({ status }) => end({ status }),
      (error) => end({ failure: error instanceof Error ? error.name : "unknown" }),
    );
    return answer;
  };
  return { ...placement, fetch };
}

/** The request as `fetch` reads it; none where it refuses to send it, which its caller is told. */
function requestOf(input, init) {
  if (input instanceof Request) return input;
  try {
    return new Request(input, { method: init?.method });
  } catch {
    return undefined;
  }
}

/** Without the query, which some servers want tokens in, and without a name and password. */
export function withoutQuery(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
