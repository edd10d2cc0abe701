// @ts-check
import { WRONG_CREDENTIALS, backend, post } from "./errands.js";

/** Strict rotation by hand: `auth/token` and `auth/refresh_token` below `url`; a 403 says that a token is dead. */
export function strictRotation(url) {
  const tokens = "access_token\trefreshToken";
  return backend(url, {
    signIn: [post("auth/token", "{credentials}"), tokens, WRONG_CREDENTIALS],
    refresh: [post("auth/refresh_token", '{"refreshToken":"{refresh}"}'), tokens, "r401403", "i422"],
  });
}
