// @ts-check
// A backend as `src/core/backend/custom/compiled.rs` reads it: a text for each part, a line for each value.
import { parse } from "../urls.js";

/**
 * What is sent, then how its answer reads. The request is a method, a path below the backend's URL, `form` where the body is
 * one, the body, then names and values of headers. The answer is a line of paths with tabs between them, of the access
 * token, refresh token, lifetime and ID token, and after them where success shows and by which values; then a line for each
 * rule: its meaning as a letter (r rejected, t transient, c invalid client, i invalid request; a capital for any body) with
 * the statuses, then where it shows and by which values.
 * @typedef {[request?: (string | undefined)[], ...answer: string[]]} Errand
 */

/** What a server answers to wrong credentials. */
export const WRONG_CREDENTIALS = "r400401403422";

/**
 * @param {unknown} url what paths are below
 * @param {{ signIn?: Errand, refresh: Errand, signOut?: Errand }} errands
 * @param {string} [field] names the URL in errors
 */
export function backend(url, { signIn, refresh, signOut }, field = "backend") {
  const base = parse(field, url);
  const endpoints = [base];
  const texts = [base.href];
  for (const [request, ...answer] of [signIn ?? [], refresh, signOut ?? []]) {
    const [method, path, ...rest] = request ?? [];
    const goal = request && below(base, path);
    if (goal) endpoints.push(goal);
    texts.push([method, goal?.href, ...rest].join("\n"), answer.join("\n"));
  }
  return { endpoints, texts };
}

/** A request with a body in JSON. @param {string[]} headers */
export function post(path, json, ...headers) {
  return ["POST", path, "", json, "content-type", "application/json", ...headers];
}

/** A path below the base, query and all; a whole URL; without a path the base itself. */
export function below(base, path) {
  if (path === undefined) return base;
  if (path.includes("://")) return parse("path", path);
  const [name, query] = path.split("?");
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/?$/, "/") + name;
  if (query) url.search += (url.search && "&") + query;
  return url;
}
