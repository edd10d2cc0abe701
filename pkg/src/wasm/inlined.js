// @ts-check
import { place, text, words } from "#wasm";

/** Compiles the WebAssembly that is inside this file. */
export async function compileInlined() {
  return WebAssembly.compile(decode());
}

/** What a digit is that stands before another one: the codes of `%`, `'` and `=`. */
const PREFIXES = [37, 39, 61];

/** The bytes that `xtask/src/text.rs` wrote: a digit is one of those that the text begins with; with a prefix it is another. */
function decode() {
  const encoder = new TextEncoder();
  const digits = encoder.encode(text);
  const plain = encoder.encode(words);
  const bytes = new Uint8Array(digits.length + plain.length);
  let end = 0;
  for (let at = 0; at < digits.length; at++) {
    const prefix = PREFIXES.indexOf(digits[at]);
    bytes[end++] = prefix < 0 ? bytes[value(digits[at])] : prefix * 91 + value(digits[++at]);
  }
  const start = 91 + place;
  bytes.copyWithin(start + plain.length, start, end);
  bytes.set(plain, start);
  return bytes.subarray(91, end + plain.length);
}

/** `#` to `~`, without the backslash. @param {number} digit */
function value(digit) {
  return digit - 35 - Number(digit > 92);
}
