// @ts-check
// URLs as options give them.
import { base } from "./arguments.js";
import { invalidOption } from "#errors";

const NOT_A_URL = "is not an absolute http or https URL.";

/** Whether what is sent there can be read on the way: plain `http` to another machine. `src/core/origin.rs` has the same rule. */
export function isExposed({ protocol, hostname }) {
  return protocol === "http:" && !/(^|\.)localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

export function parseAll(field, list) {
  if (!Array.isArray(list)) throw invalidOption(field, "is not a list.");
  return list.map((url) => parse(field, url));
}

/** The URL, resolved as the page resolves it. */
export function parse(field, text) {
  let url;
  try {
    url = new URL(text, base());
  } catch {
    // What is no URL is refused by name.
  }
  const isText = (typeof text === "string" && text !== "") || text instanceof URL;
  if (!isText || !url || !/^https?:$/.test(url.protocol) || url.username + url.password + url.hash) {
    throw invalidOption(field, NOT_A_URL);
  }
  return url;
}
