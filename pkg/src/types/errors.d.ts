import type { SignOutReason } from "./events.js";

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
  | "isolated"
  | "worker-unavailable"
  | "worker-outdated"
  | "wasm-blocked"
  | "wasm-unavailable";

/** Every error that the package throws by itself; network errors of `fetch` stay what they are. */
export class EvertokenError extends Error {
  /** For errors that tests make up. `retryAfter` is in seconds. */
  constructor(code: ErrorCode, message: string, details?: { retryAfter?: number | undefined; cause?: unknown });
  /** As of every error class. */
  readonly name: "EvertokenError";
  /** Stable in every version. */
  readonly code: ErrorCode;
  /** Seconds until the next try that is planned, if one is. */
  readonly retryAfter?: number | undefined;
  /** What it came from, where something else has failed first. */
  readonly cause?: unknown;
}
