// Asking the servers past any session. The contract tests hold each server against what evertoken assumes of it, so that
// a version that changes its ways is noticed.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** The origin of a page that is nobody's own. */
export const PAGE = "http://127.0.0.1:9";

export const demo = { username: "demo", password: "demo" };

/**
 * Sends a request and reads the answer.
 * @param {{ method?: string, json?: object, form?: object, bearer?: string, headers?: object }} [options] the body makes
 * it a POST
 */
export async function ask(url, { json, form, bearer, method = json || form ? "POST" : "GET", headers } = {}) {
  const body = form ? new URLSearchParams(form) : json && JSON.stringify(json);
  const sent = { ...(json && { "content-type": "application/json" }), ...(bearer && { authorization: `Bearer ${bearer}` }) };
  const response = await fetch(url, { method, body, headers: { ...sent, ...headers }, redirect: "manual" });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

/** The status and the body of an answer are these. */
export function answers({ status, body }, expectedStatus, expectedBody) {
  assert.deepEqual({ status, body }, { status: expectedStatus, body: expectedBody });
}

export function claims(jwt) {
  return JSON.parse(Buffer.from(jwt.split(".")[1], "base64url"));
}

/** Waits until the token's end has passed, on the clock that it shares with the server. */
export async function expiry(jwt) {
  await sleep(Math.max(0, claims(jwt).exp * 1000 - Date.now()) + 20);
}

/** The token with another signature. */
export function tampered(jwt) {
  const [header, payload] = jwt.split(".");
  return `${header}.${payload}.${"A".repeat(43)}`;
}

/** The headers of an answer that a page of another origin can read, beyond those that any page can. */
export async function exposed(url, options = {}) {
  const { headers } = await ask(url, { ...options, headers: { ...options.headers, origin: PAGE } });
  assert.ok(["*", PAGE].includes(headers.get("access-control-allow-origin")), "the page may read the answer");
  return headers.get("access-control-expose-headers");
}

/** Whether a preflight allows a header. */
export async function preflight(url, header, method = "POST") {
  const headers = { origin: PAGE, "access-control-request-method": method, "access-control-request-headers": header };
  const answer = await ask(url, { method: "OPTIONS", headers });
  const allowed = answer.headers.get("access-control-allow-headers") ?? "";
  return answer.status < 300 && allowed.toLowerCase().split(/, */).includes(header);
}
