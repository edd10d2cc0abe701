// @ts-check
// What stands in the JSON of an answer, which its caller gets whole. `src/native/answer.rs` has the same limits.

import { valueAt } from "./readers.js";

/** The most that is read of an answer, in bytes. */
const MAX_BODY = 65_536;

/** The longest that an answer is kept from its caller, in milliseconds. */
const PATIENCE = 5_000;

/** `application/json`, or a type that is written in it (RFC 6839 section 3.1). */
const JSON_TYPE = /^\s*([\w.+/-]+\+|application\/)json\s*(;|$)/i;

/**
 * What a JSON body of bounded length says; undefined for any other. The answer is copied at the call, so that whoever gets
 * it afterwards may read it.
 * @param {Response} response
 * @returns {Promise<unknown>}
 */
export async function peek(response) {
  const header = (name) => response.headers.get(name) ?? "";
  // A length that is not known is 0.
  if (!JSON_TYPE.test(header("content-type")) || Number(header("content-length")) > MAX_BODY) return undefined;
  const reader = response.clone().body?.getReader();
  if (reader === undefined) return undefined;
  // Nobody waits for the end of the copy: it comes with the original's.
  const stop = () => void reader.cancel().catch(() => {});
  const limit = setTimeout(stop, PATIENCE);
  try {
    return JSON.parse(await textOf(reader));
  } catch {
    // Too large, cut off, or no JSON.
    stop();
    return undefined;
  } finally {
    clearTimeout(limit);
  }
}

async function textOf(reader) {
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; size <= MAX_BODY; ) {
    const { done, value } = await reader.read();
    if (done) return text;
    size += value.length;
    text += decoder.decode(value, { stream: true });
  }
  throw undefined;
}

/**
 * The text, number or truth value at a path of names with dots between them, as text.
 * @param {any} json
 * @param {string} path
 */
export function textAt(json, path) {
  const found = valueAt(json, path);
  return found === undefined || found === Object(found) ? undefined : String(found);
}
