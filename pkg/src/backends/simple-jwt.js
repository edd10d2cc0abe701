// @ts-check
import { refuseUnknown } from "../options.js";
import { WRONG_CREDENTIALS, backend, post } from "./errands.js";

/** djangorestframework-simplejwt: sign in at `url`, refresh and blacklist below it. */
export function simpleJwt(url, options) {
  refuseUnknown(options, ["sliding"]);
  const sliding = options?.sliding;
  const [tokens, body] = sliding ? ["token\ttoken", '{"token":"{refresh}"}'] : ["access\trefresh", '{"refresh":"{refresh}"}'];
  // `detail` is translated text and some refusals have no `code` (an inactive user), so either will do.
  const refusals = ["r401\tcode", "r401\tdetail", "r403\tcode\ttoken_not_valid", "i400403"];
  return backend(url, {
    signIn: [post("", "{credentials}"), tokens, WRONG_CREDENTIALS],
    refresh: [post("refresh/", body), tokens, ...refusals],
    signOut: sliding ? undefined : [post("blacklist/", body)],
  });
}
