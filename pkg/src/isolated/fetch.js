// @ts-check
// `session.fetch` of a page whose tokens are in a worker (Q5).
import { isOneShot, isPermitted, isRequest, readsFromStream } from "../arguments.js";
import { Talk } from "./talk.js";

/**
 * @param {import("./link.js").Link} link
 * @param {Set<string>} origins those that get a token
 * @returns {typeof globalThis.fetch}
 */
export function createFetch(link, origins) {
  return async function fetch(...args) {
    link.check();
    if (!isPermitted(origins, args[0])) return globalThis.fetch(...args);
    const [input, init] = args;
    // It checks the arguments, and holds them as they are now.
    const request = new Request(input, init);
    request.signal.throwIfAborted();
    const upload = streamOf(request, input, init);
    const body = upload ? undefined : bodyOf(request, init);
    return new Promise((resolve, reject) => {
      const talk = new Talk(link, request.signal, { resolve, reject });
      const begin = (body) => talk.begin(request.url, { ...settingsOf(request, init), body }, upload);
      if (body instanceof Promise) body.then(begin).catch((reason) => talk.fail(reason));
      else begin(body);
    });
  };
}

/** A body that can be sent once. */
function streamOf(request, input, init) {
  const isStream = isOneShot(init?.body) || (isRequest(input) && request.body && readsFromStream(request));
  return isStream ? request.body : undefined;
}

/** A body that can be sent twice. A Blob crosses as a handle, whatever its size. */
function bodyOf(request, init) {
  if (request.body === null || /^(GET|HEAD)$/.test(request.method)) return undefined;
  const body = init?.body;
  return typeof body === "string" || body instanceof Blob ? body : request.blob();
}

/** What a Request tells of itself. It is silent about its priority. */
function settingsOf(request, init) {
  const { method, headers, mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive } = request;
  const priority = init?.priority;
  return { method, headers: [...headers], mode, credentials, cache, redirect, referrer, referrerPolicy, integrity, keepalive, priority };
}
