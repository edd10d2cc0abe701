// @ts-check
import { compile } from "./compile.js";

/** One token that slides, in an envelope `{ code, data }`: `auth/` and `update/token/` below `url`. */
export function slidingJwt(url) {
  return compile(url, {
    answer: { access: "data", refresh: "data", success: { at: "code", is: 0 } },
    signIn: { path: "auth/", json: "{credentials}" },
    refresh: {
      method: "GET",
      path: "update/token/?token={refresh}",
      answer: { rejected: [{ status: [200, 401, 403], at: "code" }] },
    },
  });
}
