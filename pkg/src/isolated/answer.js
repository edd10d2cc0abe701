// @ts-check
// The answer as `fetch` would have given it: what a Response cannot be told is put on it.

/** The methods that read a body; some engines lack the last. */
const READERS = ["arrayBuffer", "blob", "formData", "json", "text", "bytes"];

/**
 * @param {{ status: number, statusText: string, headers: [string, string][], url: string, redirected: boolean, kind: string }} head
 * @param {import("./body.js").Incoming} [body]
 */
export function answerOf({ status, statusText, headers, url, redirected, kind }, body) {
  // What a page may not look into has no status.
  const response = status ? new Response(body?.stream ?? null, { status: properOf(status), statusText, headers }) : Response.error();
  return dressed(response, { status, url, redirected, type: kind }, body);
}

/** Servers send statuses of which no Response can be made; none of them is good. */
function properOf(status) {
  return status < 200 || status > 599 ? 400 : status;
}

function dressed(response, facts, body) {
  const put = (name, value) => Object.defineProperty(response, name, { value, configurable: true });
  for (const [name, value] of Object.entries(facts)) put(name, value);
  put("clone", () => dressed(Response.prototype.clone.call(response), facts, body));
  for (const name of READERS) {
    const read = response[name];
    // Chromium does not say why a stream has failed that is no network's.
    if (body && read) put(name, () => read.call(response).catch((error) => Promise.reject(body.failure ?? error)));
  }
  return response;
}
