// @ts-check
// `session.fetch` of a page whose tokens are in a worker (Q5).
import { isOneShot, isPermitted, isRequest, readsFromStream } from "../arguments.js";
import { answerOf } from "./answer.js";
import { Incoming, outgoing } from "./body.js";
import { unpacked } from "./wire.js";

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
    return send(link, request, settingsOf(request, init), body, upload);
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

/** Has the worker send a request; resolves to its answer, whose body comes as it is read. */
function send(link, { url, signal }, settings, body, upload) {
  return new Promise((resolve, reject) => {
    let sending;
    /** @type {Incoming | undefined} */
    let receiving;
    const id = link.open(hear);
    const post = (message, transfer) => link.post({ ...message, id }, transfer);
    const finish = () => {
      signal.removeEventListener("abort", abort);
      link.done(id);
    };
    const fail = (reason) => {
      finish();
      sending?.cancel(reason);
      receiving?.fail(reason);
      reject(reason);
    };
    const receive = () => {
      const ask = () => {
        link.resume(id, hear);
        post({ type: "pull" });
      };
      const cancel = () => {
        post({ type: "abort" });
        finish();
      };
      receiving = new Incoming({ ask, cancel });
      link.watch(receiving.stream, id);
      return receiving;
    };
    function abort() {
      post({ type: "abort" });
      fail(signal.reason);
    }
    function hear(message) {
      const { type, hasBody, error } = message;
      if (type === "answer") {
        resolve(answerOf(message, hasBody ? receive() : undefined));
        if (!hasBody) finish();
      } else if (type === "failed") fail(unpacked(error));
      else if (type === "pull") sending.pull();
      else if (type === "cancel") sending.cancel();
      else {
        link.pause(id);
        if (receiving.take(message)) finish();
      }
    }
    const begin = (body) => {
      if (signal.aborted) return;
      post({ type: "fetch", url, init: { ...settings, body }, streams: upload !== undefined });
      sending = upload && outgoing(upload, post);
    };
    signal.addEventListener("abort", abort);
    if (body instanceof Promise) body.then(begin).catch(fail);
    else begin(body);
  });
}
