// @ts-check
import { refuseUnknown } from "../options.js";
import { compile } from "./compile.js";

/** djangorestframework-simplejwt: sign in at `url`, refresh and blacklist below it. */
export function simpleJwt(url, options) {
  refuseUnknown(options, ["sliding"]);
  const sliding = options?.sliding;
  const [access, refresh] = sliding ? ["token", "token"] : ["access", "refresh"];
  const json = { [refresh]: "{refresh}" };
  return compile(url, {
    answer: { access, refresh },
    signIn: { path: "", json: "{credentials}" },
    refresh: {
      path: "refresh/",
      json,
      answer: {
        // `detail` is translated text and some refusals have no `code` (an inactive user), so either will do.
        rejected: [{ status: 401, at: "code" }, { status: 401, at: "detail" }, { status: 403, at: "code", is: "token_not_valid" }],
        invalidRequest: [400, 403],
      },
    },
    signOut: sliding ? undefined : { path: "blacklist/", json },
  });
}
