// @ts-check
import { compile } from "./compile.js";
import { byCookies } from "./cookies.js";

const ANSWER = { access: "access_token", refresh: "refresh_token", expiresIn: "expires_in" };

/** Of a missing or wrong CSRF value: the page's mistake, not the end of a session. */
const FORGED = ["Missing CSRF token", "CSRF double submit tokens do not match"];

const CSRF = { header: "X-CSRF-TOKEN", access: "csrf_access_token", refresh: "csrf_refresh_token" };

const rejected = [{ status: [401, 422], at: "msg" }];
const signIn = { path: "login", json: "{credentials}" };

/** Flask-JWT-Extended with tokens in headers: `login`, `refresh` and `logout` below `url`. */
export function flaskJwt(url) {
  const headers = { authorization: "Bearer {refresh}" };
  const refresh = { path: "refresh", headers, answer: { rejected } };
  return compile(url, { answer: ANSWER, signIn, refresh, signOut: { method: "DELETE", path: "logout", headers } });
}

/** Flask-JWT-Extended with tokens in cookies. */
export function flaskJwtCookies(url) {
  const refresh = { path: "refresh", answer: { invalidRequest: [{ status: 401, at: "msg", is: FORGED }], rejected } };
  const described = { answer: ANSWER, signIn, refresh, signOut: { path: "logout" } };
  const { calls, ...hooks } = byCookies(url, described, { access: true, csrf: CSRF });
  return { ...compile(url, calls), ...hooks };
}
