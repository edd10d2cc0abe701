// @ts-check
import { refuseUnknown } from "../options.js";
import { compile } from "./compile.js";
import { byCookies } from "./cookies.js";

/** Of a missing or wrong CSRF value: the page's mistake, not the end of a session. */
const FORGED = ["Missing CSRF token", "CSRF double submit tokens do not match"];

/** Flask-JWT-Extended: `login`, `refresh` and `logout` below `url`. */
export function flaskJwt(url, options) {
  refuseUnknown(options, ["cookies"]);
  const cookies = options?.cookies;
  const headers = cookies ? {} : { authorization: "Bearer {refresh}" };
  const calls = {
    answer: { access: "access_token", refresh: "refresh_token", expiresIn: "expires_in" },
    signIn: { path: "login", json: "{credentials}" },
    refresh: {
      path: "refresh",
      headers,
      answer: { invalidRequest: [{ status: 401, at: "msg", is: FORGED }], rejected: [{ status: [401, 422], at: "msg" }] },
    },
    signOut: { method: cookies ? "POST" : "DELETE", path: "logout", headers },
  };
  if (!cookies) return compile(url, calls);
  const csrf = { header: "X-CSRF-TOKEN", access: "csrf_access_token", refresh: "csrf_refresh_token" };
  const { calls: carried, ...hooks } = byCookies(url, calls, { access: true, csrf });
  return { ...compile(url, carried), ...hooks };
}
