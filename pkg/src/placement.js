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
 * Sends the request with the token, by the global `fetch` of this moment.
 * @param {{ header?: string, prefix?: string, query?: string }} placement
 * @param {{ input: RequestInfo | URL, init?: RequestInit, streams?: boolean }} request
 * @param {string} token
 */
export function place({ header, prefix, query }, { input, init, streams }, token) {
  if (query !== undefined) return placeInQuery(query, input, init, streams, token);
  const value = prefix + token;
  if (isRequest(input)) {
    const request = header === "authorization" ? new Request(input) : new Request(input, keepingTo(input));
    request.headers.set(header, value);
    return globalThis.fetch(request);
  }
  const placed = { ...init, headers: withHeader(init?.headers, header, value) };
  if (header !== "authorization") placed.redirect = redirectOf(init);
  return globalThis.fetch(input, placed);
}

/**
 * Browsers take `Authorization` off a request that a redirect leads to another origin; any other header would go
 * along, so it is not led anywhere.
 */
function redirectOf(settings) {
  return settings?.redirect === "manual" ? "manual" : "error";
}

/** The settings of a Request that a copy with any setting of its own would lose. */
function keepingTo(request) {
  return { redirect: redirectOf(request), referrer: request.referrer, referrerPolicy: request.referrerPolicy };
}

function withHeader(present, name, value) {
  if (present === undefined || present === null) return { [name]: value };
  const headers = new Headers(present);
  headers.set(name, value);
  return headers;
}

/** The token in the URL; no referrer may carry it on. A Request has to be taken apart, because its URL is fixed. */
async function placeInQuery(name, input, init, streams, token) {
  const url = addressOf(input);
  // As text: `searchParams.append` would write the caller's own parameters anew.
  url.search += (url.search && "&") + new URLSearchParams([[name, token]]);
  const referrerPolicy = "no-referrer";
  if (!isRequest(input)) return globalThis.fetch(url.href, { ...init, referrerPolicy });
  const { method, headers, mode, credentials, cache, redirect, integrity, keepalive, signal } = input;
  const settings = { method, headers, mode, credentials, cache, redirect, integrity, keepalive, signal, referrerPolicy };
  if (streams) return globalThis.fetch(url.href, { ...settings, body: input.body, duplex: "half" });
  const body = method === "GET" || method === "HEAD" ? undefined : await input.blob();
  return globalThis.fetch(url.href, { ...settings, body });
}
