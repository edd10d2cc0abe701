// @ts-check
// Where the token goes in a request (Q2, Q6).

/** Whether the caller has put credentials of its own where the token would go. */
export function placesOwn({ header }, input, init) {
  if (header === undefined) return false;
  // As in `fetch`, the headers of init take the place of a Request's.
  const headers = init?.headers ?? input?.headers;
  if (headers === undefined || headers === null) return false;
  return (headers instanceof Headers ? headers : new Headers(headers)).has(header);
}

/**
 * Sends the request with the token, by the global `fetch` of this moment.
 * @param {{ header?: string, prefix?: string, query?: string }} placement
 * @param {{ input: RequestInfo | URL, init?: RequestInit }} request
 * @param {string} token
 */
export function place({ header, prefix, query }, { input, init }, token) {
  const isRequest = typeof input === "object" && "headers" in input;
  if (query !== undefined) return globalThis.fetch(...withQuery(query, input, init, token, isRequest));
  const value = prefix + token;
  // Browsers take `Authorization` off a request that a redirect leads to another origin; other headers would go along.
  const redirect = header === "authorization" ? undefined : "error";
  if (isRequest) {
    const request = new Request(input, redirect && { redirect });
    request.headers.set(header, value);
    return globalThis.fetch(request);
  }
  const placed = { ...init, headers: withHeader(init?.headers, header, value) };
  if (redirect !== undefined) placed.redirect = redirect;
  return globalThis.fetch(input, placed);
}

function withHeader(present, name, value) {
  if (present === undefined || present === null) return { [name]: value };
  const headers = new Headers(present);
  headers.set(name, value);
  return headers;
}

/** The URL with the token; no referrer may carry it on. */
function withQuery(name, input, init, token, isRequest) {
  const url = new URL(isRequest ? input.url : input, globalThis.document?.baseURI ?? globalThis.location?.href);
  url.searchParams.append(name, token);
  const referrerPolicy = "no-referrer";
  if (isRequest) return [new Request(url, input), { referrerPolicy }];
  return [url.href, { ...init, referrerPolicy }];
}
