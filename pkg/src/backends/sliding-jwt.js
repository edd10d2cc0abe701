// @ts-check
import { renewal } from "../renewal.js";
import { WRONG_CREDENTIALS, backend, post } from "./errands.js";

/** One token that slides, in an envelope `{ code, data }`: `auth/` and `update/token/` below `url`. */
export function slidingJwt(url) {
  const token = "data\tdata\t\t\tcode\t0";
  const slides = backend(url, {
    signIn: [post("auth/", "{credentials}"), token, `${WRONG_CREDENTIALS}200`],
    // With HTTP 200 any other code may be trouble that passes.
    refresh: [["GET", "update/token/?token={refresh}"], token, "r401403\tcode", "r200\tcode\t1001\t1002\t1003"],
  });
  return { ...slides, renewal: renewal({ header: "x-new-token", flag: "renew" }) };
}
