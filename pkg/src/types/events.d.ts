import type { EvertokenError } from "./errors.js";

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
    /** As the event is named. */
    readonly type: "refresh-failed";
    /** Why. */
    readonly error: EvertokenError;
    /** The next try, in milliseconds since the Unix epoch. */
    readonly retryAt: number;
  };
  /** The store failed; the session goes on in memory. */
  "store-failed": { readonly type: "store-failed"; readonly error: EvertokenError };
}

/** Any event of a session; its `type` tells which. */
export type SessionEvent = SessionEvents[keyof SessionEvents];
