// @ts-check
import { parse } from "../urls.js";
import { compile } from "./compile.js";
import { byCookies } from "./cookies.js";
import { WRONG_CREDENTIALS, backend, post } from "./errands.js";

/** Of a missing or wrong CSRF value: the page's mistake, not the end of a session. */
const FORGED = ["Missing CSRF token", "CSRF double submit tokens do not match"];

const CSRF = { header: "X-CSRF-TOKEN", access: "csrf_access_token", refresh: "csrf_refresh_token" };

/** Flask-JWT-Extended with tokens in headers: `login`, `refresh` and `logout` below `url`. */
export function flaskJwt(url) {
  const tokens = "access_token\trefresh_token\texpires_in";
  const bearer = ["", "", "authorization", "Bearer {refresh}"];
  return backend(url, {
    signIn: [post("login", "{credentials}"), tokens, WRONG_CREDENTIALS],
    refresh: [["POST", "refresh", ...bearer], tokens, "r401422\tmsg"],
    signOut: [["DELETE", "logout", ...bearer]],
  });
}

/** Flask-JWT-Extended with tokens in cookies. */
export function flaskJwtCookies(url) {
  const described = {
    answer: { access: "access_token", refresh: "refresh_token", expiresIn: "expires_in" },
    signIn: { path: "login", json: "{credentials}" },
    refresh: {
      path: "refresh",
      answer: { invalidRequest: [{ status: 401, at: "msg", is: FORGED }], rejected: [{ status: [401, 422], at: "msg" }] },
    },
    signOut: { path: "logout" },
  };
  const base = parse("url", url);
  const { calls, ...hooks } = byCookies(base, described, { access: true, csrf: CSRF });
  return { ...compile(base, calls), ...hooks, cookies: true };
}
