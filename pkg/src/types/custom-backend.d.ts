import type { Backend } from "./backends.js";
import type { EvertokenError } from "./errors.js";
import type { Placement, SessionOptions } from "./options.js";
import type { Session } from "./session.js";

/**
 * A backend that has no name here: by description, by functions, or by both.
 *
 * In the texts of a request `{refresh}` and `{access}` stand for the tokens, and in a sign-in's body `{credentials}` for what
 * {@link Session.signIn} is given. Each is written as its place demands: escaped in JSON, percent-encoded in a form and a query,
 * as it is in a header. Paths into an answer are names, and indexes of arrays, with
 * dots between them, such as `data.token`.
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
  signIn?: BackendCall | ((credentials: Record<string, unknown>, send: BackendSend) => Promise<IssuedTokens | BackendRefusal>) | undefined;
  /** Exchanges the refresh token. A backend with one token for both names one path twice, and sends whichever. */
  refresh: BackendCall | ((tokens: BackendTokens, send: BackendSend) => Promise<IssuedTokens | BackendRefusal>);
  /** Without it nothing is revoked at the server. */
  signOut?: BackendCall | ((tokens: BackendTokens, send: BackendSend) => Promise<void>) | undefined;
  /** How answers read, as far as a request does not say otherwise. */
  answer?: BackendAnswer;
  /** Tokens in HttpOnly cookies: what is there, no request names. */
  cookies?: BackendCookies | undefined;
  /** See {@link SessionOptions.placement}, which comes first. */
  placement?: Placement | undefined;
  /** See {@link SessionOptions.refreshOn}, which comes first. */
  refreshOn?: SessionOptions["refreshOn"];
  /**
   * How resources renew the token beside their answers: by a response header with a new one (across origins the server has to
   * expose it), or by `true` at a path of the JSON body, which asks for a refresh. Of several new tokens the one that lasts longest
   * takes the place of the one in use.
   */
  renewal?: { header?: string | undefined; flag?: string | undefined } | undefined;
}

/** A request to a backend. */
export interface BackendCall {
  /** Default: `POST`. */
  method?: string;
  /**
   * A path below the backend's URL, with its query if it has one, or a whole URL. Placeholders stand in the query alone. Default: the
   * backend's URL.
   */
  path?: string;
  /** Its headers, where the texts for tokens stand as well. */
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
  rejected?: readonly AnswerRule[] | undefined;
  /** Not now. 408, 409, 425, 429, 5xx and answers that are not JSON say so anyway. */
  transient?: readonly AnswerRule[] | undefined;
  /** The client is refused, not the user. */
  invalidClient?: readonly AnswerRule[] | undefined;
  /** The request is wrong, and no new try mends it. */
  invalidRequest?: readonly AnswerRule[] | undefined;
}

/** What is to be found in an answer: something at this path, or one of these values. */
export interface AnswerTest {
  /** The path of a member of the body. */
  at: string;
  /** What stands there; one of the values, if there are several. Default: anything. */
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
  /** The access token. */
  access: string;
  /** The refresh token. */
  refresh: string;
}

/** What a sign-in or refresh brings. Without a refresh token the old one stays. */
export interface IssuedTokens {
  /** The access token. */
  access: string;
  /** The refresh token. */
  refresh?: string | undefined;
  /** The access token's lifetime in seconds, for tokens that do not say it themselves. */
  expiresIn?: number | undefined;
  /** An ID token (OpenID Connect), which is kept with the session. */
  idToken?: string | undefined;
}

/** Why there are no tokens; what a function throws is a connection that was lost. */
export type BackendRefusal = "rejected" | "unavailable" | "misconfigured";

/**
 * `fetch` as requests to a backend are made: paths are below its URL, redirects are not followed, nothing is cached, and the
 * request outlives the page.
 */
export type BackendSend = (path: string, init?: RequestInit) => Promise<Response>;
