// @ts-check
// A file of its own in the package: `EvertokenError` is one class, whichever entries a page mixes.

/** Every error that the package throws by itself; network errors of `fetch` stay what they are. */
export class EvertokenError extends Error {
  /**
   * @param {string} code stable, the same in every version
   * @param {string} message
   * @param {{ retryAfter?: number, cause?: unknown }} [details] `retryAfter` in seconds
   */
  constructor(code, message, { retryAfter, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "EvertokenError";
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

export const MISSING = "is missing or empty.";

/**
 * @param {string} field
 * @param {string} problem
 * @param {unknown} [cause]
 */
export function invalidOption(field, problem, cause) {
  return new EvertokenError("invalid-option", `Option "${field}" ${problem}`, { cause });
}

/**
 * @param {string} field
 * @param {string[]} known
 */
export function notOneOf(field, known) {
  return invalidOption(field, `is not one of: ${known.join(", ")}.`);
}

export function closed() {
  return new EvertokenError("closed", "The session was closed; create a new one.");
}
