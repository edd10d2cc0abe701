// @ts-check
// Backends that have no name: by description, by functions, or by both.
import { MISSING, invalidOption } from "#errors";
import { refuseUnknown } from "../options.js";
import { renewal } from "../renewal.js";
import { parse } from "../urls.js";
import { check } from "./check.js";
import { compile } from "./compile.js";
import { byCookies } from "./cookies.js";
import { byFunctions } from "./functions.js";
import { explaining } from "./shape.js";

const MEMBERS = ["url", "signIn", "refresh", "signOut", "answer", "cookies", "placement", "refreshOn", "renewal"];

/** A backend by description. */
export function customBackend(description) {
  refuseUnknown(description, MEMBERS);
  const { url, cookies, placement, refreshOn, renewal: renews, ...calls } = description ?? {};
  if (!calls.refresh) throw invalidOption("refresh", MISSING);
  check(calls, cookies);
  const base = parse("url", url);
  const functions = byFunctions(base, calls);
  const carried = cookies ? byCookies(base, functions.calls, cookies) : functions;
  const { endpoints, texts, encode } = compile(base, carried.calls);
  const transport = explaining(carried.calls, functions.over(carried.transport));
  const rules = { placement, refreshOn, renewal: renews && renewal(renews) };
  return Object.freeze({ endpoints, texts, encode, transport, fetch: carried.fetch, cookies, ...rules });
}
