// @ts-check
// What `fetch` is called with. It reads its arguments at the call; a session may send later, or twice, so it has to
// hold on to what they were then.

/** The URL of whatever `fetch` takes, resolved as `fetch` resolves it. */
export function addressOf(input) {
  return new URL(textOf(input), base());
}

/** The text of that URL; a Request's is absolute. */
export function textOf(input) {
  return isRequest(input) ? input.url : String(input);
}

/** What `fetch` resolves relative URLs against; undefined outside of pages and workers. */
export function base() {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

/** Whether this is a Request. Whatever merely looks like one, `fetch` reads as the text of a URL. */
export function isRequest(input) {
  return input instanceof Request;
}

/**
 * The arguments in a form that can be read again and does not change: the platform's own Request holds what is not plain
 * or may be changed after the call.
 */
export function settle(input, init) {
  if (init === undefined || init === null) return isRequest(input) ? [input, init] : [String(input), init];
  if (!isPlain(init) || !isReadable(init.headers) || !isConstant(init.body)) return [new Request(input, init), undefined];
  const headers = init.headers ? new Headers(init.headers) : undefined;
  return [isRequest(input) ? input : String(input), { ...init, headers }];
}

/** Streams and, in Node, other iterables can be read once. */
export function isOneShot(body) {
  if (body === null || typeof body !== "object") return false;
  return body instanceof ReadableStream || (Symbol.asyncIterator in body && !(body instanceof Blob));
}

/** Whether this goes to one of the origins that get the token (Q1). */
export function isPermitted(origins, input) {
  try {
    // To parse a URL takes longer than everything else here, and what begins like this has that origin.
    for (const origin of origins) if (textOf(input).startsWith(`${origin}/`)) return true;
    const { protocol, origin } = addressOf(input);
    // The origin of a `blob:` URL is that of its maker.
    return protocol.startsWith("http") && origins.has(origin);
  } catch {
    // `fetch` refuses it in its own words.
    return false;
  }
}

/**
 * Whether the request was made from a stream. No property tells; but the Fetch standard lets a body without a source
 * be sent in no other mode than `cors` and `same-origin`, so the constructor refuses it `no-cors`. In doubt the
 * request counts as a stream, and is sent once. Firefox has no `body` and sends no streams.
 */
export function readsFromStream(request) {
  if (request.body === undefined) return false;
  const probe = request.clone();
  try {
    new Request(probe, { method: "POST", mode: "no-cors" });
    return false;
  } catch {
    probe.body?.cancel().catch(() => {});
    return true;
  }
}

export function isPlain(value) {
  if (value === null || typeof value !== "object") return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Headers that can be read more than once; an iterator cannot. */
function isReadable(headers) {
  const absent = headers === undefined || headers === null;
  const iterates = !absent && Symbol.iterator in Object(headers);
  return absent || headers instanceof Headers || Array.isArray(headers) || (isPlain(headers) && !iterates);
}

/** Bytes, forms and parameters may be changed after the call. */
function isConstant(body) {
  return body === null || typeof body !== "object" || body instanceof Blob || isOneShot(body);
}
