// @ts-check
// Where the token goes in a request (Q2, Q6).
import { addressOf, isRequest } from "./arguments.js";

/** Whether the caller has put credentials of its own where the token would go. */
export function placesOwn({ header, query }, input, init) {
  if (query !== undefined) return addressOf(input).searchParams.has(query);
  // As in `fetch`, the headers of init take the place of a Request's.
  const headers = init?.headers ?? input?.headers;
  if (headers === undefined || headers === null) return false;
  return (headers instanceof Headers ? headers : new Headers(headers)).has(header);
}

/**
 * Sends the request with the token, by the global `fetch` of this moment unless the placement has one of its own.
 * @param {{ header?: string, prefix?: string, query?: string, fetch?: Function }} placement
 * @param {{ input: RequestInfo | URL, init?: RequestInit, streams?: boolean }} request
 * @param {import("./tokens.js").Bearer} bearer
 */
export function place({ header, prefix, query, fetch = globalThis.fetch }, { input, init, streams }, bearer) {
  if (query !== undefined) return placeInQuery(query, input, init, streams, bearer, fetch);
  const value = prefix + bearer.token;
  // Headers that are there are the session's own copy.
  init?.headers?.set(header, value);
  const placed = { ...init, headers: init?.headers ?? { [header]: value } };
  if (header !== "authorization") placed.redirect = redirectOf(init);
  return fetch(input, placed, bearer, streams);
}

/**
 * Browsers take `Authorization` off a request that a redirect leads to another origin; any other header would go
 * along, so it is not led anywhere.
 */
function redirectOf(settings) {
  return settings?.redirect === "manual" ? "manual" : "error";
}

/** The token in the URL; no referrer may carry it on. A Request has to be taken apart, because its URL is fixed. */
async function placeInQuery(name, input, init, streams, bearer, fetch) {
  const url = addressOf(input);
  // As text: `searchParams.append` would write the caller's own parameters anew.
  url.search += (url.search && "&") + new URLSearchParams([[name, bearer.token]]);
  const referrerPolicy = "no-referrer";
  if (!isRequest(input)) return fetch(url.href, { ...init, referrerPolicy }, bearer);
  const { method, mode, credentials, cache, integrity, keepalive, signal } = input;
  const settings = { method, mode, credentials, cache, integrity, keepalive, signal, ...init, referrerPolicy };
  if (streams) return fetch(url.href, { ...settings, body: input.body, duplex: "half" }, bearer);
  const body = method === "GET" || method === "HEAD" ? undefined : await input.blob();
  return fetch(url.href, { ...settings, body }, bearer);
}
