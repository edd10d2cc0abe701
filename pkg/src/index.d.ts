/// <reference lib="esnext.disposable" />
import type { DebugLines } from "./debug.js";
import type { DpopKey } from "./dpop.js";

/**
 * Keeps a signed-in session alive: refreshes JWT pairs without races, lost rotations or needless logouts.
 *
 * @packageDocumentation
 */

declare global {
  // For programs whose `lib` is older than explicit resource management; newer ones declare the same.
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/** What {@link createSession} takes. */
export interface SessionOptions {
  /** The token backend: {@link simpleJwt} or {@link oauth2}. */
  backend: Backend;
  /**
   * The origins that may receive the access token, as URLs; relative ones are resolved like in `fetch`. Scheme, host
   * and port are compared exactly, and other requests pass through untouched. Default: the backend's own origin.
   */
  origins?: readonly (string | URL)[];
  /** Origins on other machines to which plain `http` is permitted. Whoever is on the way reads the tokens. */
  insecureOrigins?: readonly (string | URL)[];
  /**
   * Where the session is kept. `"indexeddb"` (the default) is shared by all tabs of the origin. So is `"local"`,
   * localStorage: for pages where something else reads or clears it; IndexedDB is needed beside it. `"session"` is one
   * tab's sessionStorage, `"memory"` ends with the page. An object is a store of your own.
   */
  store?: "indexeddb" | "local" | "session" | "memory" | Store;
  /** Sessions with one name and store share their tokens across tabs. Default: `"default"`. */
  name?: string;
  /**
   * How long before its expiry a token is refreshed, in seconds: from 0 to 86400, and never more than half of the
   * token's lifetime. Default: 60.
   */
  refreshAhead?: number;
  /** Where the token goes in a request. Default: `Authorization: Bearer`. */
  placement?: Placement;
  /**
   * The answers that mean "this token is not accepted": statuses from 400 to 499, and answers that say so in their body, by
   * {@link refusal}. The session refreshes, and the request is sent again, once. Default: the backend's, which is `[401]`
   * unless it knows better.
   */
  refreshOn?: readonly (number | Refusal)[];
  /**
   * Binds the tokens to a key (RFC 9449), made by `dpopKey` of `evertoken/dpop`. They go out as `Authorization: DPoP` with a
   * proof beside them, and never as `Bearer`; {@link placement} stays away.
   */
  dpop?: DpopKey;
  /**
   * Tells what the session does and why, line by line and without secrets: `debugLines()` of `evertoken/debug` writes to the
   * console, `debugLines(listener)` gives you objects.
   */
  debug?: DebugLines;
}

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
  /** The path of a member of the body: names with dots between them, such as `error.code`. */
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

/**
 * A store of your own. It keeps one text; what is in it is the session's business, and as secret as its tokens. A method
 * that rejects, or that breaks its word, is a store in trouble: the session goes on in memory and says so in the event
 * `"store-failed"`. Every call but `lock` has 5 seconds.
 *
 * @example
 * ```js
 * const store = {
 *   load: () => database.get("session"),
 *   swap: (present, next) => database.transaction(async (entries) => {
 *     if ((await entries.get("session")) !== present) return false;
 *     await (next === undefined ? entries.delete("session") : entries.put("session", next));
 *     return true;
 *   }),
 * };
 * const session = await createSession({ backend: simpleJwt("https://api.example.com/api/token/"), store });
 * ```
 */
export interface Store {
  /** Resolves to the text, or to nothing. Under the lock it must show what the last `swap` of anybody has put there. */
  load(): Promise<string | null | undefined>;
  /**
   * Compares and sets: if the text is `present`, puts `next` in its place and resolves to `true` once that is durable;
   * otherwise changes nothing and resolves to `false`. No other writer may come in between. `undefined` is no text.
   *
   * @param setAside is `true` when `present` is no record of this version. Keep it somewhere else then, or it is lost.
   */
  swap(present: string | undefined, next: string | undefined, setAside: boolean): Promise<boolean>;
  /**
   * Takes an exclusive lock, which is held for one refresh, and resolves when it is held; `signal` gives up the wait.
   * Without this method the tabs of an origin take turns by themselves. Contexts of several origins or machines that
   * share the store need it.
   */
  lock?(signal: AbortSignal): Promise<StoreLock>;
}

/** A lock that is held. */
export interface StoreLock {
  /** Gives it back. */
  release(): void;
  /**
   * For a lock that ends by itself: resolves to whether it is still held, and holds it for longer. It is called right
   * before a refresh token is sent.
   */
  renew?(): Promise<boolean>;
}

/** Where the token goes in a request. */
export type Placement =
  | {
      /**
       * The header's name. With any other than `Authorization` a redirect is an error, because browsers take only that
       * one off when a redirect leads elsewhere. Default: `"Authorization"`.
       */
      header?: string;
      /** What stands before the token; `""` for nothing. Default: `"Bearer"`. */
      scheme?: string;
      query?: never;
    }
  | {
      /** A query parameter, for old servers. **It leaks**: URLs end in logs and histories (RFC 6750 section 5.3). */
      query: string;
      header?: never;
      scheme?: never;
    };

declare const backend: unique symbol;

/** A token backend, made by {@link simpleJwt}, {@link oauth2}, {@link customBackend} or another of their kind. */
export interface Backend {
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
    sliding?: boolean;
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
  scope?: string;
  /** The resources that the access tokens are for (RFC 8707). */
  resource?: string | string[];
  /** Parameters of the server's own for each refresh, such as `audience`. */
  parameters?: Record<string, string>;
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
  tokenEndpoint: string;
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

/**
 * A backend that has no name here: by description, by functions, or by both.
 *
 * In the texts of a request `{refresh}` and `{access}` stand for the tokens, and in a sign-in's body `{credentials}` for what
 * {@link Session.signIn} is given. Each is written as its place demands: escaped in JSON, percent-encoded in a form and a query,
 * as it is in a header. Paths into an answer are names with dots between them, such as `data.token`.
 *
 * When the backend's answers are not what the description says, the error's `cause` shows what the last one looked like, with
 * every value taken out.
 *
 * @throws {@link EvertokenError} `invalid-option` names the member that is missing, unknown or contradicts another.
 *
 * @example
 * ```js
 * const backend = customBackend({
 *   url: "https://api.example.com/auth/",
 *   answer: { access: "data.token", refresh: "data.refreshToken", success: { at: "code", is: 0 } },
 *   signIn: { path: "login", json: "{credentials}" },
 *   refresh: { path: "refresh", json: { refreshToken: "{refresh}" }, answer: { rejected: [403] } },
 *   signOut: { path: "logout", headers: { authorization: "Bearer {access}" } },
 * });
 * ```
 */
export function customBackend(description: BackendDescription): Backend;

/** What {@link customBackend} takes. */
export interface BackendDescription {
  /** What the paths of the requests are below. Its origin receives the access token by default. */
  url: string | URL;
  /** Without it {@link Session.signIn} is refused, and a session begins by {@link Session.adopt}. */
  signIn?: BackendCall | ((credentials: Record<string, unknown>, send: BackendSend) => Promise<IssuedTokens | BackendRefusal>);
  /** Exchanges the refresh token. A backend with one token for both names one path twice, and sends whichever. */
  refresh: BackendCall | ((tokens: BackendTokens, send: BackendSend) => Promise<IssuedTokens | BackendRefusal>);
  /** Without it nothing is revoked at the server. */
  signOut?: BackendCall | ((tokens: BackendTokens, send: BackendSend) => Promise<void>);
  /** How answers read, as far as a request does not say otherwise. */
  answer?: BackendAnswer;
  /** Tokens in HttpOnly cookies: what is there, no request names. */
  cookies?: BackendCookies;
  /** See {@link SessionOptions.placement}, which comes first. */
  placement?: Placement;
  /** See {@link SessionOptions.refreshOn}, which comes first. */
  refreshOn?: SessionOptions["refreshOn"];
  /**
   * How resources renew the token beside their answers: by a response header with a new one (across origins the server has to
   * expose it), or by `true` at a path of the JSON body, which asks for a refresh. Of several new tokens the one that lasts longest
   * takes the place of the one in use.
   */
  renewal?: { header?: string; flag?: string };
}

/** A request to a backend. */
export interface BackendCall {
  /** Default: `POST`. */
  method?: string;
  /** A path below the backend's URL, with its query if it has one, or a whole URL. Default: the backend's URL. */
  path?: string;
  headers?: Record<string, string>;
  /** A JSON body, as an object or as its text. */
  json?: unknown;
  /** A form body, as its fields or as its text. */
  form?: Record<string, string> | string;
  /** How its answers read, where that differs from {@link BackendDescription.answer}. */
  answer?: BackendAnswer;
}

/**
 * How answers read. A 2xx with a JSON object grants, unless `success` or a rule says otherwise. Rules are tried in the order in
 * which they are written, and what none of them fits means what its status means everywhere.
 */
export interface BackendAnswer {
  /** The access token's path. */
  access?: string;
  /** The refresh token's path. Where an answer has none, the old token stays. */
  refresh?: string;
  /** The path of the access token's lifetime in seconds, for tokens that do not say it themselves. */
  expiresIn?: string;
  /** The path of an ID token, which is kept with the session. */
  idToken?: string;
  /** For servers that say in a 2xx answer's body whether it is one. */
  success?: AnswerTest;
  /**
   * The refresh token is dead, and the session over; of a sign-in: the credentials are wrong, which 400, 401, 403 and 422 say
   * anyway.
   */
  rejected?: readonly AnswerRule[];
  /** Not now. 408, 409, 425, 429, 5xx and answers that are not JSON say so anyway. */
  transient?: readonly AnswerRule[];
  /** The client is refused, not the user. */
  invalidClient?: readonly AnswerRule[];
  /** The request is wrong, and no new try mends it. */
  invalidRequest?: readonly AnswerRule[];
}

/** What is to be found in an answer: something at this path, or one of these values. */
export interface AnswerTest {
  at: string;
  is?: string | number | boolean | readonly (string | number | boolean)[];
}

/**
 * Which answers a rule is for: those of a status with a JSON object, because a proxy's or firewall's page is no answer of the
 * backend. `anyBody` takes those pages, too, for backends that refuse without a body.
 */
export type AnswerRule =
  | number
  | ({ status: number | readonly number[]; anyBody?: false } & Partial<AnswerTest>)
  | { status: number | readonly number[]; anyBody: true };

/** Tokens in HttpOnly cookies. `credentials` are sent to the backend's origin only. */
export interface BackendCookies {
  /**
   * The access token is in a cookie as well as the refresh token; requests get neither header nor query then, and
   * {@link Session.accessToken} has no more to say than `"cookie"`.
   */
  access?: boolean;
  /**
   * Double submit against forged requests: the header that repeats what is in a cookie that scripts can read. `access` names that
   * cookie for requests, except `GET`, `HEAD`, `OPTIONS` and `TRACE`, and `refresh` the one for refreshes.
   */
  csrf?: { header: string; access?: string; refresh?: string };
  /** A cookie that scripts can read with the end of the access token, in seconds since the Unix epoch. */
  expires?: string;
}

/** The tokens that an errand is about. */
export interface BackendTokens {
  access: string;
  refresh: string;
}

/** What a sign-in or refresh brings. Without a refresh token the old one stays. */
export interface IssuedTokens {
  access: string;
  refresh?: string;
  /** The access token's lifetime in seconds, for tokens that do not say it themselves. */
  expiresIn?: number;
  idToken?: string;
}

/** Why there are no tokens; what a function throws is a connection that was lost. */
export type BackendRefusal = "rejected" | "unavailable" | "misconfigured";

/**
 * `fetch` as requests to a backend are made: paths are below its URL, redirects are not followed, nothing is cached, and the
 * request outlives the page.
 */
export type BackendSend = (path: string, init?: RequestInit) => Promise<Response>;

/**
 * Reads the store and starts a session; a stored one is in use when this resolves. A store that cannot be read is no
 * error: the session is signed out then.
 *
 * @throws {@link EvertokenError} `invalid-option` names the option that makes no sense; `wasm-blocked` when the page's
 * Content-Security-Policy lacks `'wasm-unsafe-eval'`; `wasm-unavailable` when the WebAssembly does not compile for another
 * reason. After a failure the next call tries again.
 *
 * @example
 * ```js
 * const session = await createSession({ backend: simpleJwt("https://api.example.com/api/token/") });
 * await session.signIn({ username: "demo", password: "secret" });
 * const response = await session.fetch("https://api.example.com/api/protected/");
 * ```
 */
export function createSession(options: SessionOptions): Promise<Session>;

/** One signed-in identity, kept alive. */
export interface Session {
  /**
   * `fetch` with the session's token: same arguments, same `Response`, same errors. A live token goes out at once; an
   * expired one is refreshed first; a 401 is answered with one refresh and one resend, unless the body is a stream. Works
   * without `this`. Rejects with an {@link EvertokenError} only when a token was needed and could not be had, or is bound to
   * another DPoP key (`dpop-key-lost`).
   */
  readonly fetch: typeof globalThis.fetch;

  /** What is known about the session; no secrets. */
  readonly state: SessionState;

  /**
   * The ID token that came with the tokens or with earlier ones (OpenID Connect), for logouts that ask for one and for claims
   * about the user. It may have expired, and nothing of it has been verified.
   */
  readonly idToken: string | undefined;

  /**
   * Signs in with credentials and begins a new session. The object is sent to the backend as it is.
   * @throws {@link EvertokenError} `credentials-refused`, `sign-in-unsupported`, `superseded`, `unavailable`,
   * `misconfigured`; `invalid-option` when it is no object.
   */
  signIn(credentials: Record<string, unknown>): Promise<void>;

  /**
   * Begins a new session with tokens from elsewhere.
   * @throws {@link EvertokenError} `invalid-option` names what is missing or unknown, such as `expires_in`;
   * `wrong-token-kind` when a token says itself that it is of the other kind; `superseded` when a sign-in came first.
   */
  adopt(tokens: {
    access: string;
    /** Without it the session ends with its access token. */
    refresh?: string;
    /** The access token's lifetime in seconds, for tokens that do not say it themselves. */
    expiresIn?: number;
    /** An ID token (OpenID Connect), which is kept with the session. */
    idToken?: string;
  }): Promise<void>;

  /**
   * A live access token, for WebSockets and the like; refreshed first where it must be.
   * @throws {@link EvertokenError} `signed-out`, `unavailable`, `misconfigured`, `cannot-refresh`, or the reason for which
   * the session ended.
   */
  accessToken(): Promise<string>;

  /**
   * Fetches a new token pair now, unless somebody did so within the last second.
   * @throws {@link EvertokenError} as {@link accessToken}.
   */
  refresh(): Promise<void>;

  /** Signs out: here and in the store at once, then at the server, best effort. */
  signOut(): Promise<SignOutResult>;

  /**
   * Calls `listener` for every event of this type, or of any type for `"*"`, in every tab that shares the session.
   * @returns takes the listener off again
   *
   * @example
   * ```js
   * session.on("signed-out", ({ reason }) => {
   *   if (reason !== "signed-out-here") location.assign("/sign-in");
   * });
   * ```
   */
  on<Type extends keyof SessionEvents>(type: Type, listener: (event: SessionEvents[Type]) => void): () => void;
  on(type: "*", listener: (event: SessionEvent) => void): () => void;

  /**
   * Stops timers and listeners; the stored session stays. Everything that is called later fails with `closed`. A session
   * that is not closed lives as long as its page, and goes on refreshing and telling its listeners.
   */
  close(): void;

  /** {@link close}, for `await using`, where the engine has it. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What is known about a session. Times are milliseconds since the Unix epoch by the local clock. */
export type SessionState =
  | { readonly status: "signed-out" }
  | {
      readonly status: "signed-in";
      /** Random name of this sign-in. */
      readonly sessionId: string;
      /** Grows by one with each stored token pair. */
      readonly generation: number;
      /** The moment the token's life is counted from. */
      readonly receivedAt: number;
      /** When it will be refreshed beside the requests; absent when its lifetime is unknown. */
      readonly staleAt?: number;
      /** When requests begin to wait for a new one; absent when its lifetime is unknown. */
      readonly expiresAt?: number;
      /** The access token's claims, not verified; `null` when it is no JWT. */
      readonly claims: Readonly<Record<string, unknown>> | null;
    };

/** How a sign-out ended at the server. */
export interface SignOutResult {
  /** `"failed"`: the refresh token lives on at the server until it expires. */
  revocation: "done" | "not-supported" | "failed";
  /** Why it failed. */
  error?: EvertokenError;
}

/** Why a session ended. */
export type SignOutReason = "rejected" | "interrupted" | "signed-out-here" | "signed-out-elsewhere" | "replaced";

/** The events of a session, by type. */
export interface SessionEvents {
  /** A new session began, here or in another tab. */
  "signed-in": { readonly type: "signed-in"; readonly generation: number };
  /** A new token pair is in use, refreshed here or in another tab. */
  refreshed: { readonly type: "refreshed"; readonly generation: number };
  /** The session ended. */
  "signed-out": { readonly type: "signed-out"; readonly reason: SignOutReason };
  /** A refresh failed; the session goes on. */
  "refresh-failed": {
    readonly type: "refresh-failed";
    readonly error: EvertokenError;
    /** The next try, in milliseconds since the Unix epoch. */
    readonly retryAt: number;
  };
  /** The store failed; the session goes on in memory. */
  "store-failed": { readonly type: "store-failed"; readonly error: EvertokenError };
}

/** Any event of a session; its `type` tells which. */
export type SessionEvent = SessionEvents[keyof SessionEvents];

/** Stable codes of {@link EvertokenError}. */
export type ErrorCode =
  | SignOutReason
  | "invalid-option"
  | "invalid-token"
  | "wrong-token-kind"
  | "signed-out"
  | "credentials-refused"
  | "unavailable"
  | "misconfigured"
  | "cannot-refresh"
  | "sign-in-unsupported"
  | "superseded"
  | "store-unavailable"
  | "store-full"
  | "store-denied"
  | "store-timeout"
  | "record-corrupt"
  | "record-newer"
  | "record-foreign"
  | "lock-timeout"
  | "closed"
  | "crashed"
  | "dpop-key-lost"
  | "platform-missing"
  | "wasm-blocked"
  | "wasm-unavailable";

/** Every error that the package throws by itself; network errors of `fetch` stay what they are. */
export class EvertokenError extends Error {
  constructor(code: ErrorCode, message: string, details?: { retryAfter?: number; cause?: unknown });
  readonly name: "EvertokenError";
  /** Stable in every version. */
  readonly code: ErrorCode;
  /** Seconds until the next try that is planned, if one is. */
  readonly retryAfter?: number;
}
