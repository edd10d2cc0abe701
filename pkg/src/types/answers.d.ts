import type { EvertokenError } from "./errors.js";
import type { SessionOptions } from "./options.js";

/**
 * Whether an answer refuses the token. It is asked for every answer to a token before the caller gets it, who gets it whole:
 * a function of your own reads nothing but a `clone()`.
 */
export type Refusal = (response: Response) => boolean | Promise<boolean>;

/**
 * A rule for {@link SessionOptions.refreshOn}: an answer of this status refuses the token if its JSON body has one of the
 * values at the path. Bodies of another status are never looked at, and of no body more than 64 KB or for longer than 5
 * seconds.
 *
 * @throws {@link EvertokenError} `invalid-option` names the member that makes no sense.
 *
 * @example
 * ```js
 * const session = await createSession({
 *   backend: simpleJwt("https://api.example.com/api/token/"),
 *   // Django REST framework with SessionAuthentication first answers 403 for a bad token, too.
 *   refreshOn: [401, refusal({ status: 403, at: "code", is: "token_not_valid" })],
 * });
 * ```
 */
export function refusal(rule: {
  /** The answer's status, 200 to 599. */
  status: number;
  /** The path of a member of the body: names, and indexes of arrays, with dots between them, such as `errors.0.extensions.code`. */
  at: string;
  /** What stands there when the token is refused. */
  is: JsonValue | readonly JsonValue[];
}): Refusal;

type JsonValue = string | number | boolean;

/**
 * Why a resource denies a request whose token it accepts: what the user can do about it, no refresh can.
 *
 * - `insufficient-scope`: the token's scope does not cover it (RFC 6750 section 3.1). Ask the user for `scope`, as far as the
 *   server says which.
 * - `login-required`: the login is too old or too weak; have the user sign in again. RFC 9470's
 *   `insufficient_user_authentication` says how old a login may be (`maxAge`, in seconds) and the kinds of it that are strong
 *   enough (`acrValues`, the preferred one first, with spaces between them); Flask-JWT-Extended's "Fresh token required" and
 *   Supabase's `insufficient_aal` say no more.
 * - `account-inactive`: the user may not sign in any more. SimpleJWT's `user_inactive` and `user_not_found`, Supabase's
 *   `user_banned`.
 */
export type Denial =
  | { readonly kind: "insufficient-scope"; readonly scope?: string | undefined }
  | { readonly kind: "login-required"; readonly maxAge?: number | undefined; readonly acrValues?: string | undefined }
  | { readonly kind: "account-inactive" };

/**
 * Reads a {@link Denial} from an answer, 401 or 403; most have another reason, which is the application's own: `undefined`. Call
 * it before the body is read; the body stays the caller's. From another origin `WWW-Authenticate` can be read only where the
 * server exposes it (`Access-Control-Expose-Headers`).
 *
 * @example
 * ```js
 * const response = await session.fetch("/api/orders/");
 * const denial = await denialOf(response);
 * if (denial?.kind === "login-required") location.assign("/sign-in");
 * ```
 */
export function denialOf(response: Response): Promise<Denial | undefined>;

export {};
