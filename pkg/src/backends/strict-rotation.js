// @ts-check
import { compile } from "./compile.js";

/** Strict rotation by hand: `auth/token` and `auth/refresh_token` below `url`; a 403 says that a token is dead. */
export function strictRotation(url) {
  return compile(url, {
    answer: { access: "access_token", refresh: "refreshToken" },
    signIn: { path: "auth/token", json: "{credentials}" },
    refresh: {
      path: "auth/refresh_token",
      json: { refreshToken: "{refresh}" },
      answer: { rejected: [401, 403], invalidRequest: [422] },
    },
  });
}
