// @ts-check
// What the WebAssembly has read for it. `src/core/json/object.rs` and `src/core/jwt/segment.rs` read the same for the crate, and
// `src/core/json/cases.json` holds for both.
import { isPlain } from "./arguments.js";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The object that is written in this JSON, if it is one.
 * @param {string} json
 */
export function objectIn(json) {
  const value = attempt(() => JSON.parse(json));
  return isPlain(value) ? value : undefined;
}

/**
 * The text of a segment of a JWT, if it is UTF-8 in base64url; padding may end it (RFC 7515 section 2 wants none).
 * @param {string} segment
 */
export function decoded(segment) {
  const [digits] = segment.split("=");
  // `atob` takes the standard alphabet, and spaces.
  if (/[^\w-]/.test(digits)) return undefined;
  const bytes = () => atob(digits.replaceAll("-", "+").replaceAll("_", "/"));
  return attempt(() => utf8.decode(Uint8Array.from(bytes(), (byte) => byte.charCodeAt(0))));
}

/**
 * What stands at a path of names, and indexes of arrays, with dots between them; the empty path is the value itself.
 * @param {any} json
 * @param {string} path
 */
export function valueAt(json, path) {
  if (path === "") return json;
  const at = (value, name) => {
    const isThere = isPlain(value) || (Array.isArray(value) && name !== "length");
    return isThere && Object.hasOwn(value, name) ? value[name] : undefined;
  };
  return path.split(".").reduce(at, json);
}

/**
 * The text of a string; of anything else its JSON, where that counts as text. `null` is nothing.
 * @param {unknown} value
 * @param {boolean} plain
 */
export function textOf(value, plain) {
  if (typeof value === "string") return value;
  return plain && value !== null ? JSON.stringify(value) : undefined;
}

/**
 * The number that this is, or that is written in it: some servers quote them.
 * @param {unknown} value
 */
export function numberIn(value) {
  const number = typeof value === "string" ? attempt(() => JSON.parse(value)) : value;
  return typeof number === "number" ? number : NaN;
}

function attempt(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}
