// @ts-check
// The WebAssembly, compiled once for all sessions.
import { common, text } from "#wasm";
import { EvertokenError } from "./errors.js";

/** @type {Promise<WebAssembly.Module> | undefined} */
let compiling;

/** Compiles the WebAssembly; after a failure the next call tries again. */
export function compile() {
  compiling ??= WebAssembly.compile(decode()).catch((cause) => {
    compiling = undefined;
    const message =
      "The page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src directive.";
    throw new EvertokenError("wasm-blocked", message, { cause });
  });
  return compiling;
}

/** The bytes that `xtask/src/text.rs` wrote as characters: a common byte is one digit, a rare one two. */
function decode() {
  const rare = [...Array(256).keys()].filter((byte) => !common.includes(byte));
  const bytes = [];
  for (let at = 0; at < text.length; at++) {
    const high = digit(at);
    bytes.push(high > 1 ? common[high - 2] : rare[high * 91 + digit(++at)]);
  }
  return new Uint8Array(bytes);
}

/** `#` to `~`, without the backslash. @param {number} at */
function digit(at) {
  const code = text.charCodeAt(at);
  return code - 35 - Number(code > 92);
}
