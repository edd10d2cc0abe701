// @ts-check
import { base } from "./arguments.js";
import { EvertokenError, invalidOption, notOneOf } from "./errors.js";

const BACKENDS = ["simpleJwt", "oauth2"];
const STORES = ["indexeddb", "session", "memory"];
const OPTIONS = ["backend", "origins", "insecureOrigins", "store", "name", "refreshAhead", "placement", "refreshOn"];

/** djangorestframework-simplejwt: sign in at `url`, refresh and blacklist below it. */
export function simpleJwt(url, options) {
  refuseUnknown(options, ["url"]);
  return Object.freeze({ type: "simpleJwt", url: absolute(url) });
}

/** A public client of an OAuth 2.0 token endpoint (RFC 6749 section 6). */
export function oauth2(options) {
  refuseUnknown(options, ["tokenEndpoint", "clientId", "revocationEndpoint"]);
  const { tokenEndpoint, clientId, revocationEndpoint } = options ?? {};
  return Object.freeze({
    type: "oauth2",
    tokenEndpoint: absolute(tokenEndpoint),
    clientId,
    revocationEndpoint: absolute(revocationEndpoint),
  });
}

/**
 * Splits the options into what WebAssembly decides about, as JSON text, and what `fetch` needs here. Most values are
 * checked where they are used.
 */
export function read(options) {
  refuseUnknown(options, OPTIONS);
  const { backend, origins, insecureOrigins, store, name, refreshAhead, placement, refreshOn } = options ?? {};
  if (!BACKENDS.includes(backend?.type)) throw notOneOf("backend", BACKENDS);
  if (store !== undefined && !STORES.includes(store)) throw notOneOf("store", STORES);
  const named = { origins: urls(origins), insecureOrigins: urls(insecureOrigins) };
  const engine = JSON.stringify({ backend, store, name, refreshAhead, ...named });
  return { engine, rules: { placement: readPlacement(placement), refreshOn: readStatuses(refreshOn) } };
}

/** A name that nobody knows is a typing error, unless it names nothing; inherited ones are nobody's typing. */
export function refuseUnknown(options, known) {
  for (const name of Object.keys(options ?? {})) {
    if (options[name] !== undefined && !known.includes(name)) throw notOneOf(name, known);
  }
}

/** `{ header, scheme }`, or `{ query }`; by default `Authorization: Bearer`. */
function readPlacement(placement = {}) {
  const { header = "authorization", scheme = "Bearer", query } = Object(placement);
  const texts = [header, scheme, query ?? ""].every((text) => typeof text === "string");
  if (placement !== Object(placement) || !texts || query === "") {
    throw invalidOption("placement", "is neither { header, scheme } nor { query } with texts.");
  }
  refuseUnknown(placement, ["header", "scheme", "query"]);
  if (query !== undefined) return { query };
  const prefix = scheme === "" ? "" : `${scheme} `;
  try {
    new Headers([[header, `${prefix}token`]]);
  } catch (cause) {
    throw new EvertokenError("invalid-option", 'Option "placement" cannot be used in an HTTP header.', { cause });
  }
  return { header: header.toLowerCase(), prefix };
}

function readStatuses(statuses = [401]) {
  const sensible = Array.isArray(statuses) && statuses.every((status) => status === 401 || status === 403);
  if (!sensible) throw invalidOption("refreshOn", "takes 401 and 403 only.");
  return statuses;
}

function urls(list) {
  return Array.isArray(list) ? list.map(absolute) : list;
}

/** A URL as the page resolves it. What is no URL goes on as it is and is refused by name. */
function absolute(url) {
  if (!(url instanceof URL) && (typeof url !== "string" || url === "")) return url;
  try {
    return new URL(url, base()).href;
  } catch {
    return url;
  }
}
