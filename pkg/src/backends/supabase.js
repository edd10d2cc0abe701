// @ts-check
import { MISSING, invalidOption } from "#errors";
import { refusal } from "../refusal.js";
import { WRONG_CREDENTIALS, backend, post } from "./errands.js";

/** What ends a session at `token`. */
const REFUSALS =
  "refresh_token_not_found\trefresh_token_already_used\tsession_not_found\tsession_expired\tuser_banned\tvalidation_failed";

/** Supabase Auth (GoTrue) at `url`, with the project's public key. */
export function supabase(url, apiKey) {
  if (typeof apiKey !== "string" || apiKey === "") throw invalidOption("apiKey", MISSING);
  const key = ["apikey", apiKey];
  const tokens = "access_token\trefresh_token\texpires_in";
  const described = backend(url, {
    signIn: [post("token?grant_type=password", "{credentials}", ...key), tokens, WRONG_CREDENTIALS],
    refresh: [
      post("token?grant_type=refresh_token", '{"refresh_token":"{refresh}"}', ...key),
      tokens,
      `r400403\terror_code\t${REFUSALS}`,
      "i400",
    ],
    // This session alone; the default would sign out every device.
    signOut: [["POST", "logout?scope=local", "", "", ...key, "authorization", "Bearer {access}"]],
  });
  // Its own endpoints say 403; PostgREST and the other services behind the same key say 401.
  return { ...described, refreshOn: [401, refusal({ status: 403, at: "error_code", is: "bad_jwt" })] };
}
