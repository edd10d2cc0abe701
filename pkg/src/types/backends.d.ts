import type { BackendCookies, customBackend } from "./custom-backend.js";
import type { EvertokenError } from "./errors.js";
import type { Session } from "./session.js";

declare const backend: unique symbol;

/** A token backend, made by {@link simpleJwt}, {@link oauth2}, {@link customBackend} or another of their kind. */
export interface Backend {
  /** Not for applications: it sets backends apart from other objects. */
  readonly [backend]: true;
}

/**
 * The token views of djangorestframework-simplejwt: sign in at `url`, refresh at `refresh/` below it, and at sign-out
 * blacklist at `blacklist/`. Rotation may be on or off.
 *
 * @throws {@link EvertokenError} `invalid-option`, as every function here that makes a backend.
 *
 * @example
 * ```js
 * const backend = simpleJwt("https://api.example.com/api/token/");
 * ```
 */
export function simpleJwt(
  url: string | URL,
  options?: {
    /**
     * One token that slides (`{"token": …}`) instead of a pair: `url` is the view that hands it out, for instance
     * `/api/sliding/`. It can be refreshed only until it has expired.
     */
    sliding?: boolean | undefined;
  },
): Backend;

/**
 * A public client of an OAuth 2.0 token endpoint (RFC 6749 section 6). The login is the application's: give the pair
 * that it yields to {@link Session.adopt}.
 *
 * @example
 * ```js
 * const backend = oauth2({ tokenEndpoint: "https://id.example.com/oauth/token", clientId: "my-app" });
 * const session = await createSession({ backend, origins: ["https://api.example.com"] });
 * await session.adopt({ access: answer.access_token, refresh: answer.refresh_token, expiresIn: answer.expires_in });
 * ```
 */
export function oauth2(options: {
  /** The token endpoint's URL. */
  tokenEndpoint: string | URL;
  /** The client id, sent in the form. */
  clientId: string;
  /** Where the refresh token is revoked at sign-out (RFC 7009). Default: nowhere. */
  revocationEndpoint?: string | URL | undefined;
  /** Narrows the scope of new access tokens; scopes are separated by spaces. Default: what was granted. */
  scope?: string | undefined;
  /** The resources that the access tokens are for (RFC 8707). */
  resource?: string | readonly string[] | undefined;
  /** Parameters of the server's own for each refresh, such as `audience`. */
  parameters?: Record<string, string> | undefined;
}): Backend;

/**
 * Asks an issuer for the endpoints that {@link oauth2} takes, by its metadata (RFC 8414, OpenID Connect Discovery 1.0).
 *
 * A page that begins so needs its issuer to begin: keep what it said, or write the endpoints down, and an outage of the issuer
 * keeps nobody from the session that is stored.
 *
 * @param issuer for instance `https://id.example.com/realms/app`
 * @throws {@link EvertokenError} `unavailable` when it cannot be reached now; `misconfigured` when there is no metadata, or those of
 * another issuer.
 *
 * @example
 * ```js
 * const backend = oauth2({ ...(await discover("https://id.example.com")), clientId: "my-app" });
 * ```
 */
export function discover(issuer: string | URL): Promise<{
  /** Where tokens are refreshed. */
  tokenEndpoint: string;
  /** Where they are revoked, if the issuer says so. */
  revocationEndpoint: string | undefined;
}>;

/**
 * Flask-JWT-Extended with tokens in headers: sign in at `login` below `url`, refresh at `refresh` with the refresh token as bearer token, and at
 * sign-out revoke it by `DELETE logout`, the routes of its documentation.
 */
export function flaskJwt(url: string | URL): Backend;

/**
 * Flask-JWT-Extended with both tokens in HttpOnly cookies (`JWT_TOKEN_LOCATION = ["cookies"]`) and its double submit against
 * forged requests; sign-out is `POST logout`. No script sees a token; see {@link BackendCookies}.
 */
export function flaskJwtCookies(url: string | URL): Backend;

/**
 * Supabase Auth (GoTrue): sign in with `email` and `password`, refresh at `token`, and sign out this session alone.
 *
 * @param url for instance `https://project.supabase.co/auth/v1/`
 * @param apiKey the project's public key, sent to Supabase Auth in the header `apikey`
 */
export function supabase(url: string | URL, apiKey: string): Backend;

/**
 * One token that slides, as older tutorials have it: answers in an envelope `{"code": 0, "data": "<token>"}`, sign-in at
 * `auth/` below `url`, and before it expires the token is exchanged at `update/token/?token=`. When it has expired, the
 * session is over.
 */
export function slidingJwt(url: string | URL): Backend;

/**
 * Strict rotation by hand: sign in at `auth/token` below `url`, refresh at `auth/refresh_token` with `{"refreshToken": …}`;
 * the old refresh token is dead at once, and a 403 says so.
 */
export function strictRotation(url: string | URL): Backend;

export {};
