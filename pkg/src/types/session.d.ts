/// <reference lib="esnext.disposable" />
import type { EvertokenError } from "./errors.js";
import type { SessionEvent, SessionEvents } from "./events.js";

declare global {
  // For programs whose `lib` is older than explicit resource management; newer ones declare the same.
  interface SymbolConstructor {
    /** The method that `await using` calls. */
    readonly asyncDispose: unique symbol;
  }
}

/** One signed-in identity, kept alive. */
export interface Session {
  /**
   * `fetch` with the session's token: same arguments, same `Response`, same errors. A live token goes out at once; an
   * expired one is refreshed first; a 401 is answered with one refresh and one resend, unless the body is a stream. Works
   * without `this`. Rejects with an {@link EvertokenError} only when a token was needed and could not be had, or is bound to
   * another DPoP key (`dpop-key-lost`).
   */
  readonly fetch: typeof globalThis.fetch;

  /** What is known about the session; no secrets. The same frozen object until something changes. */
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
  signIn(credentials: object): Promise<void>;

  /**
   * Begins a new session with tokens from elsewhere.
   * @throws {@link EvertokenError} `invalid-option` names what is missing or unknown, such as `expires_in`;
   * `wrong-token-kind` when a token says itself that it is of the other kind; `superseded` when a sign-in came first.
   */
  adopt(tokens: {
    /** The access token. */
    access: string;
    /** Without it the session ends with its access token. */
    refresh?: string | undefined;
    /** The access token's lifetime in seconds, for tokens that do not say it themselves. */
    expiresIn?: number | undefined;
    /** An ID token (OpenID Connect), which is kept with the session. */
    idToken?: string | undefined;
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
   * Calls `listener` for every event of this type, in every tab that shares the session.
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
  /** Calls `listener` for every event of any type. */
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
      /** Somebody is signed in. */
      readonly status: "signed-in";
      /** Random name of this sign-in. */
      readonly sessionId: string;
      /** Grows by one with each stored token pair. */
      readonly generation: number;
      /** The moment the token's life is counted from. */
      readonly receivedAt: number;
      /** When it will be refreshed beside the requests; absent when its lifetime is unknown. */
      readonly staleAt?: number | undefined;
      /** When requests begin to wait for a new one; absent when its lifetime is unknown. */
      readonly expiresAt?: number | undefined;
      /** The access token's claims, not verified; `null` when it is no JWT. */
      readonly claims: Readonly<Record<string, unknown>> | null;
    };

/** How a sign-out ended at the server. */
export interface SignOutResult {
  /** `"failed"`: the refresh token lives on at the server until it expires. */
  revocation: "done" | "not-supported" | "failed";
  /** Why it failed. */
  error?: EvertokenError | undefined;
}
