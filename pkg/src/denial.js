// @ts-check
// Why a resource denies what no refresh gives. `src/core/resource/denial.rs` reads the same.
import { challenges } from "./challenges.js";
import { peek, textAt } from "./json.js";

/** In the words of servers that say it in the body alone. */
const SAID = {
  "Fresh token required": "login-required",
  insufficient_aal: "login-required",
  user_inactive: "account-inactive",
  user_not_found: "account-inactive",
  user_banned: "account-inactive",
};

/**
 * What an answer says, which stays whole.
 * @param {Response} response
 */
export async function denialOf(response) {
  if (response.status !== 401 && response.status !== 403) return undefined;
  for (const challenge of challenges(response.headers.get("www-authenticate") ?? "")) {
    const error = challenge.get("error");
    if (error === "insufficient_scope") return { kind: "insufficient-scope", scope: challenge.get("scope") };
    if (error === "insufficient_user_authentication") {
      const seconds = challenge.get("max_age") ?? "";
      const maxAge = /^\d+$/.test(seconds) ? Number(seconds) : undefined;
      return { kind: "login-required", maxAge, acrValues: challenge.get("acr_values") };
    }
  }
  const body = await peek(response);
  const said = ["error_code", "code", "msg"].map((name) => textAt(body, name)).find((text) => Object.hasOwn(SAID, text ?? ""));
  return said && { kind: SAID[said] };
}
