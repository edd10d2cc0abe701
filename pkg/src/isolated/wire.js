// @ts-check
// What a page and its worker have in common. They talk over a channel of their own; each message has a type, and what is asked a
// number. Only the greeting has none, `{ evertoken: PROTOCOL, alive }` on both sides, and it stays as it is in every version.
import { EvertokenError } from "#errors";

/** Grows when one side would no longer understand the other: a shared worker may be older or newer than its pages. */
export const PROTOCOL = 1;

/** The errors of the language that a message may stand for. */
const CLASSES = { Error, RangeError, ReferenceError, SyntaxError, TypeError };

/** An error as a message: classes do not survive the way, nor do chains of causes that do not end. */
export function packed(error, causes = 8) {
  const { name, message, code, retryAfter, cause } = Object(error);
  const ours = error instanceof EvertokenError;
  const reason = cause && causes > 0 ? packed(cause, causes - 1) : undefined;
  return { name: String(name), message: String(message), ...(ours && { code, retryAfter }), cause: reason };
}

/** The error that a message stands for; what no class is known for is an exception of the platform. */
export function unpacked({ name, message, code, retryAfter, cause: packedCause }) {
  const cause = packedCause && unpacked(packedCause);
  if (code !== undefined) return new EvertokenError(code, message, { retryAfter, cause });
  return Object.hasOwn(CLASSES, name) ? new CLASSES[name](message, { cause }) : new DOMException(message, name);
}

/** An event with its error, either way. @param {any} event */
export function withError(event, translate) {
  return event.error === undefined ? event : { ...event, error: translate(event.error) };
}

/**
 * A sign of life: the name of a lock that is held until this context ends or `released` is aborted. Without Web Locks there is
 * none.
 * @param {AbortSignal} [released]
 * @returns {Promise<string | undefined>}
 */
export async function signOfLife(released) {
  const { locks } = navigator;
  if (!locks) return undefined;
  const name = `evertoken-alive:${crypto.randomUUID()}`;
  const end = new Promise((resolve) => released?.addEventListener("abort", resolve));
  const hold = (grant) => locks.request(name, () => (grant(name), end)).catch(() => grant(undefined));
  return new Promise(hold);
}

/**
 * Calls `mourn` when the context that gave this sign of life is no more.
 * @param {string | undefined} name
 * @param {() => void} mourn
 * @param {AbortSignal} [released] ends the watch
 */
export function watchLife(name, mourn, released) {
  if (name !== undefined) navigator.locks.request(name, { signal: released }, mourn).catch(() => {});
}
