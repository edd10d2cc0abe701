// @ts-check
import { MISSING, invalidOption } from "../errors.js";
import { refusal } from "../refusal.js";
import { compile } from "./compile.js";

/** What ends a session at `token`. */
const REFUSALS = [
  "refresh_token_not_found",
  "refresh_token_already_used",
  "session_not_found",
  "session_expired",
  "user_banned",
  "validation_failed",
];

/** Supabase Auth (GoTrue) at `url`, with the project's public key. */
export function supabase(url, apiKey) {
  if (typeof apiKey !== "string" || apiKey === "") throw invalidOption("apiKey", MISSING);
  const headers = { apikey: apiKey };
  const backend = compile(url, {
    answer: { access: "access_token", refresh: "refresh_token", expiresIn: "expires_in" },
    signIn: { path: "token?grant_type=password", headers, json: "{credentials}" },
    refresh: {
      path: "token?grant_type=refresh_token",
      headers,
      json: { refresh_token: "{refresh}" },
      answer: { rejected: [{ status: [400, 403], at: "error_code", is: REFUSALS }], invalidRequest: [400] },
    },
    // This session alone; the default would sign out every device.
    signOut: { path: "logout?scope=local", headers: { ...headers, authorization: "Bearer {access}" } },
  });
  // Its own endpoints say 403; PostgREST and the other services behind the same key say 401.
  return { ...backend, refreshOn: [401, refusal({ status: 403, at: "error_code", is: "bad_jwt" })] };
}
