/**
 * What a session does and why, for reports from the field. Only who imports it loads it.
 *
 * @packageDocumentation
 */

/**
 * Makes the option `debug` of `createSession`. `listener` is called with each line, later in the same turn: it may use the
 * session, which makes new lines, and what it throws is its own. Without one the lines go to `console.debug` as text.
 *
 * There are no secrets in the lines: no tokens, credentials, headers, bodies or queries, and nothing of what is stored but its
 * session and generation. The paths of requests are in them.
 *
 * @throws `EvertokenError` `invalid-option` when the listener is not a function.
 *
 * @example
 * ```js
 * import { createSession, simpleJwt } from "evertoken";
 * import { debugLines } from "evertoken/debug";
 *
 * const report = [];
 * const session = await createSession({
 *   backend: simpleJwt("https://api.example.com/api/token/"),
 *   debug: debugLines((line) => report.push(line)),
 * });
 * ```
 */
export function debugLines(listener?: (line: DebugLine) => void): DebugLines;

declare const lines: unique symbol;

/** Made by {@link debugLines}; for as many sessions as you like. */
export interface DebugLines {
  /** Not for applications: it sets these apart from other objects. */
  readonly [lines]: true;
}

/** What every line says. */
interface DebugMoment {
  /** When, in milliseconds since the Unix epoch by the local clock. */
  readonly at: number;
  /** The id of the session that it is about, as far as it is known: `state.sessionId`. */
  readonly session?: string;
}

/**
 * One thing that happened. What began and ended in one context is told by two lines; times it took are whole milliseconds.
 *
 * - Callers: `asked`, and `event` for each event of the session.
 * - The store's lock, which is held for one refresh: `lock-asked`, then `lock-held` or `lock-failed`, then `lock-released`.
 * - The store: `store-loaded`, `store-written`, `store-cleared`, `store-lost`, `store-failed`.
 * - Requests to the backend: `endpoint-sent`, then `endpoint-answered` or `endpoint-failed`. A time limit is a failure whose
 *   answer may come later.
 * - Requests with the token: `request`. One that is sent again after a 401 is two of them, with two generations.
 * - What wakes the session: `timer-set` and `timer-fired`, `page`, `hint-heard` from another tab, where it was `hint-sent`.
 * - Its end: `closed`, `crashed`.
 */
export type DebugLine = DebugMoment &
  (
    | {
        readonly what: "asked";
        /**
         * `start` of the session; `token`, any that lives; `fresh-token`, for a body that can be sent once; `newer-token` than the
         * one that was refused; a `refresh` now; an `offer` is a token that came with a resource's answer.
         */
        readonly for: "start" | "token" | "fresh-token" | "newer-token" | "refresh" | "sign-in" | "adopt" | "sign-out" | "offer";
        /** Of the token that was refused, where a newer one is asked for. */
        readonly generation?: number;
        /** Whether somebody waits for it; a stale token is refreshed beside the requests that it goes out with. */
        readonly waits: boolean;
      }
    | {
        readonly what: "event";
        /** As in `session.on`; what an event of this type says besides is in the other members. */
        readonly type: "signed-in" | "refreshed" | "signed-out" | "refresh-failed" | "store-failed";
        readonly generation?: number;
        readonly reason?: string;
        /** The error's code. */
        readonly code?: string;
        /** The next try, in milliseconds since the Unix epoch. */
        readonly retryAt?: number;
      }
    | { readonly what: "lock-asked" }
    | { readonly what: "lock-held"; readonly waited: number }
    | { readonly what: "lock-failed"; readonly waited: number; readonly failure: DebugFailure }
    | { readonly what: "lock-released"; readonly held: number }
    | ({ readonly what: "store-loaded"; readonly duration: number } & DebugRecord)
    | ({
        readonly what: "store-written";
        /** The generation in whose place it is; absent when there was none. */
        readonly was?: number;
        /** What was there could not be read, and has been kept elsewhere. */
        readonly setAside?: true;
        readonly duration: number;
      } & DebugRecord)
    | { readonly what: "store-cleared"; readonly was?: number; readonly duration: number }
    | {
        /** A write that came too late: something else is there. */
        readonly what: "store-lost";
        /** Its generation; absent when nobody is signed in, or when it cannot be read. */
        readonly found?: number;
        readonly duration: number;
      }
    | {
        readonly what: "store-failed";
        readonly during: "load" | "write";
        readonly failure: DebugFailure;
        readonly duration: number;
      }
    | ({ readonly what: "endpoint-sent" } & DebugRequest)
    | ({
        readonly what: "endpoint-answered";
        /** 0 is a redirect, which is not followed. */
        readonly status: number;
        /** Seconds, as the server asks for. */
        readonly retryAfter?: number;
        readonly duration: number;
      } & DebugRequest)
    | ({ readonly what: "endpoint-failed"; readonly failure: DebugFailure | "lost"; readonly duration: number } & DebugRequest)
    | {
        readonly what: "request";
        readonly method: string;
        /** Without its query. */
        readonly url: string;
        /** Of the token that it carried. */
        readonly generation: number;
        /** Absent when there was no answer. */
        readonly status?: number;
        /** The error's name, such as `AbortError`. */
        readonly failure?: string;
        readonly duration: number;
      }
    | {
        readonly what: "timer-set";
        /** Milliseconds from now. */
        readonly delay: number;
      }
    | { readonly what: "timer-fired" | "closed" | "crashed" }
    | { readonly what: "page"; readonly visible: boolean }
    | {
        readonly what: "hint-sent" | "hint-heard";
        /** `changed`: there is something new in the store; else why the session has ended. */
        readonly hint: "changed" | "rejected" | "interrupted" | "signed-out-elsewhere" | "replaced" | "unknown";
      }
  );

/** Why there is no result: a time limit; a browser that is offline; a store that is full, or forbidden to the page. */
export type DebugFailure = "timeout" | "offline" | "full" | "denied" | "unknown";

/** What is no secret in a record. */
interface DebugRecord {
  /** Absent when nobody is signed in. */
  readonly generation?: number;
  /** A refresh token was sent, and its outcome is not known yet. */
  readonly pending?: true;
  /** Refreshes that have failed in a row. */
  readonly failures?: number;
  /** What is there is no record of this version. */
  readonly unreadable?: true;
}

/** A request to the session's backend. */
interface DebugRequest {
  readonly method: string;
  /** Without its query. */
  readonly url: string;
  /** 1, and one more for each request there that had no good answer. */
  readonly attempt: number;
}

export {};
