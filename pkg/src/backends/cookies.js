// @ts-check
// Tokens in HttpOnly cookies, which no script sees: in their place the session holds a word, and everything else (one refresh
// among all tabs, expiry, sign-out) works as ever.
import { addressOf } from "../arguments.js";
import { below } from "./errands.js";

/** What stands for tokens that are in cookies: two words, because one token for both would be a token that slides. */
const WORDS = { access: "cookie", refresh: "refresh-cookie" };

/** Methods that change nothing need no proof against forged requests (RFC 9110 section 9.2.1). */
const SAFE = /^(GET|HEAD|OPTIONS|TRACE)$/;

/**
 * @param {URL} base
 * @param {any} calls
 * @param {{ access?: boolean, csrf?: { header: string, access?: string, refresh?: string }, expires?: string }} cookies
 */
export function byCookies(base, calls, { access, csrf, expires }) {
  const refreshing = below(base, calls.refresh.path).href;
  const transport = async (url, init) => {
    const headers = new Headers(init.headers);
    prove(headers, csrf, url === refreshing ? csrf?.refresh : csrf?.access);
    const response = await fetch(url, { ...init, headers, credentials: "include" });
    return response.ok ? withWords(response, expires) : response;
  };
  const found = {
    refresh: "cookies.refresh",
    ...(access && { access: "cookies.access" }),
    ...(expires && { expiresIn: "cookies.expiresIn" }),
  };
  const send = (input, init) => sendWithCookies(base.origin, csrf, input, init);
  return { calls: { ...calls, answer: { ...calls.answer, ...found } }, transport, fetch: access && send };
}

/** An answer to a sign-in or refresh, with the words for what it has set. */
async function withWords(response, expires) {
  const body = await response.json().catch(() => ({}));
  const expiresIn = expires === undefined ? undefined : Number(cookie(expires)) - Date.now() / 1000;
  const { status, headers } = response;
  // An answer 204 has no body to put them into.
  return Response.json({ ...body, cookies: { ...WORDS, expiresIn } }, { headers, status: status === 204 ? 200 : status });
}

/** Cookies go to the backend's origin only; other origins see the request as it is. */
function sendWithCookies(origin, csrf, input, init) {
  const headers = new Headers(init.headers);
  headers.delete("authorization");
  if (addressOf(input).origin !== origin) return fetch(input, { ...init, headers });
  const method = init.method ?? (input instanceof Request ? input.method : "GET");
  if (!SAFE.test(method.toUpperCase())) prove(headers, csrf, csrf?.access);
  return fetch(input, { ...init, headers, credentials: "include" });
}

/** Double submit: what is in the cookie goes into the header, read anew each time because a refresh changes it. */
function prove(headers, csrf, name) {
  const value = name === undefined ? undefined : cookie(name);
  if (value !== undefined) headers.set(csrf.header, value);
}

/** A cookie that scripts can read. */
function cookie(name) {
  const cookies = globalThis.document?.cookie.split("; ") ?? [];
  const found = cookies.find((cookie) => cookie.startsWith(`${name}=`));
  return found && decodeURIComponent(found.slice(name.length + 1));
}
