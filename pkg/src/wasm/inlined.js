// @ts-check
import { place, text, words } from "#wasm";

/** Compiles the WebAssembly that is inside this file. */
export async function compileInlined() {
  return WebAssembly.compile(decode());
}

/** The bytes that `xtask/src/text.rs` wrote: a digit is one of those that the text begins with; with a prefix it is another. */
function decode() {
  const bytes = [];
  for (let at = 0; at < text.length; at++) {
    const prefix = "%'=".indexOf(text[at]);
    bytes.push(prefix < 0 ? bytes[digit(at)] : prefix * 91 + digit(++at));
  }
  bytes.splice(91 + place, 0, ...new TextEncoder().encode(words));
  return new Uint8Array(bytes.slice(91));
}

/** `#` to `~`, without the backslash. @param {number} at */
function digit(at) {
  const code = text.charCodeAt(at);
  return code - 35 - Number(code > 92);
}
