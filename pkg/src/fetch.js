// @ts-check
// `session.fetch` (Q1 to Q5): decides synchronously while the token lives, waits only where it must.
import { addressOf, isOneShot, isPermitted, isRequest, readsFromStream, settle } from "./arguments.js";
import { place, placesOwn } from "./placement.js";
import { FRESH, SIGNED_OUT, STALE } from "./tokens.js";

/**
 * @param {import("./tokens.js").Tokens} tokens
 * @param {{ origins: Set<string>, placement: object, refreshOn: (number | ((response: Response) => boolean | Promise<boolean>))[],
 *   renewal?: (response: Response, bearer: object, tokens: object) => void }} rules
 * @returns {typeof globalThis.fetch}
 */
export function createFetch(tokens, rules) {
  return function fetch(...args) {
    try {
      // A closed session refuses every request, wherever it goes.
      const phase = tokens.phase();
      if (!isPermitted(rules.origins, args[0])) return globalThis.fetch(...args);
      const [input, init] = settle(...args);
      if (placesOwn(rules.placement, input, init) || signalOf(input, init)?.aborted) return globalThis.fetch(input, init);
      if (phase === SIGNED_OUT) return globalThis.fetch(input, init);
      const request = prepare(input, init, phase === FRESH);
      if (phase === FRESH || (phase === STALE && request.again !== undefined)) {
        if (phase === STALE) tokens.freshen();
        return send(tokens, rules, request, tokens.bearer);
      }
      return waitAndSend(tokens, rules, request);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** A request that can be sent, now or later: `first` and, where the body can be sent twice, `again` (Q4). */
function prepare(input, init, now) {
  const signal = signalOf(input, init);
  if (!isRequest(input)) {
    const once = { input, init, signal, streams: isOneShot(init?.body) };
    return once.streams ? { first: once } : { first: once, again: once };
  }
  // Copies are slow. A body has to be used up at the call, which sending it now does as well.
  const isSettled = (init === undefined || init === null) && (now || input.body === null);
  const request = isSettled ? input : new Request(input, init ?? undefined);
  const first = { input: request, init: settingsOf(request), signal };
  if (request.body === null) return { first, again: first };
  if (isOneShot(init?.body) || readsFromStream(request)) return { first: { ...first, streams: true } };
  return { first, again: { ...first, input: request.clone() } };
}

/** What a caller can change later, and what `fetch` would reset beside it. */
function settingsOf({ headers, redirect, referrer, referrerPolicy }) {
  return { headers: new Headers(headers), redirect, referrer, referrerPolicy };
}

async function waitAndSend(tokens, rules, request) {
  const bearer = await unlessAborted(tokens.live(request.again === undefined), request.first.signal);
  return send(tokens, rules, request, bearer);
}

function send(tokens, rules, { first, again }, bearer) {
  const answer = place(rules.placement, first, bearer);
  if (again === undefined && !rules.renewal) return answer;
  return answer.then(async (response) => {
    // A redirect to another origin has left the token behind, whether that origin is named or not.
    if (response.redirected && new URL(response.url).origin !== addressOf(first.input).origin) return response;
    rules.renewal?.(response, bearer, tokens);
    return again && (await isRefused(rules, response)) ? sendAgain(tokens, rules, again, bearer, response) : response;
  });
}

/** Once more with a newer token; without one the refusal is the answer (Q3). */
async function sendAgain(tokens, rules, again, bearer, response) {
  let newer;
  try {
    newer = await unlessAborted(tokens.newer(bearer), again.signal);
  } catch (error) {
    if (again.signal?.aborted || error.code === "crashed") throw error;
    return response;
  }
  response.body?.cancel().catch(() => {});
  return place(rules.placement, again, newer);
}

/**
 * Whether the answer refuses the token. No refresh cures a lack of scope, of a recent or strong enough login (RFC 9470), or of
 * a DPoP proof.
 */
async function isRefused(rules, response) {
  for (const refusal of rules.refreshOn) {
    const refuses = typeof refusal === "number" ? refusal === response.status : await refusal(response);
    if (refuses) return !/insufficient_|_dpop_/.test(response.headers.get("www-authenticate"));
  }
}

function signalOf(input, init) {
  return init?.signal !== undefined ? init.signal : isRequest(input) ? input.signal : undefined;
}

/** The promise, unless the caller gives up first; what it stands for goes on (R6). */
function unlessAborted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) give();
    signal.addEventListener("abort", give, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", give));
  });
}
