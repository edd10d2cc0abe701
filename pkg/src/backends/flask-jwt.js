// @ts-check
import { compile } from "./compile.js";

/** Flask-JWT-Extended with tokens in headers: `login`, `refresh` and `logout` below `url`. */
export function flaskJwt(url) {
  const headers = { authorization: "Bearer {refresh}" };
  return compile(url, {
    answer: { access: "access_token", refresh: "refresh_token" },
    signIn: { path: "login", json: "{credentials}" },
    refresh: { path: "refresh", headers, answer: { rejected: [{ status: [401, 422], at: "msg" }] } },
    signOut: { method: "DELETE", path: "logout", headers },
  });
}
