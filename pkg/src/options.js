// @ts-check
import { base } from "./arguments.js";
import { MISSING, invalidOption, notOneOf } from "./errors.js";

const BACKENDS = ["simpleJwt", "oauth2"];
const STORES = ["indexeddb", "local", "session", "memory"];
const OPTIONS = ["backend", "origins", "insecureOrigins", "store", "name", "refreshAhead", "placement", "refreshOn"];
const DAY = 86400;
const NOT_A_URL = "is not an absolute http or https URL.";

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

/** Checks the options and splits them into what the session's WebAssembly and what `fetch` needs. */
export function read(options) {
  refuseUnknown(options, OPTIONS);
  const { backend, store = "indexeddb", name = "default", refreshAhead = 60, placement, refreshOn } = options ?? {};
  const endpoints = readEndpoints(backend);
  const origins = readOrigins(endpoints, options);
  checkStore(store);
  if (typeof name !== "string" || name === "") throw invalidOption("name", MISSING);
  if (typeof refreshAhead !== "number" || !(refreshAhead >= 0 && refreshAhead <= DAY)) {
    throw invalidOption("refreshAhead", `is not a number of seconds between 0 and ${DAY}.`);
  }
  const rules = { origins, placement: readPlacement(placement), refreshOn: readStatuses(refreshOn) };
  const [url, ...others] = endpoints.map(({ href }) => href);
  const texts = backend.type === "oauth2" ? [url, backend.clientId, ...others] : [url];
  return { engine: { texts, store, name, refreshAhead }, rules };
}

/** The name of a store, or an object with the methods of one. */
function checkStore(store) {
  if (store !== Object(store)) {
    if (!STORES.includes(store)) throw notOneOf("store", STORES);
    return;
  }
  for (const method of ["load", "swap", ...(store.lock === undefined ? [] : ["lock"])]) {
    if (typeof store[method] !== "function") throw invalidOption(`store.${method}`, "is not a function.");
  }
}

/** The endpoints of the backend; the first one's origin receives tokens by default. */
function readEndpoints(backend) {
  const { type, url, tokenEndpoint, clientId, revocationEndpoint } = backend ?? {};
  if (type === "simpleJwt") return [parse("backend", url)];
  if (type !== "oauth2") throw notOneOf("backend", BACKENDS);
  const endpoints = [parse("tokenEndpoint", tokenEndpoint)];
  if (typeof clientId !== "string" || clientId === "") throw invalidOption("clientId", MISSING);
  if (revocationEndpoint !== undefined) endpoints.push(parse("revocationEndpoint", revocationEndpoint));
  return endpoints;
}

/** The origins that may receive the token (Q1): those that are named, or the backend's own. */
function readOrigins(endpoints, { origins, insecureOrigins = [] }) {
  const allowed = parseAll("insecureOrigins", insecureOrigins).map(({ origin }) => origin);
  const check = (field, urls) => {
    if (urls.some((url) => isExposed(url) && !allowed.includes(url.origin))) {
      throw invalidOption(field, "sends tokens over plain http to another machine: use https, or allow the origin by name.");
    }
    return urls.map(({ origin }) => origin);
  };
  const [own] = check("backend", endpoints);
  return new Set(origins === undefined ? [own] : check("origins", parseAll("origins", origins)));
}

/** Whether what is sent there can be read on the way: plain `http` to another machine. `src/core/origin.rs` has the same rule. */
function isExposed({ protocol, hostname }) {
  return protocol === "http:" && !/(^|\.)localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

function parseAll(field, list) {
  if (!Array.isArray(list)) throw invalidOption(field, NOT_A_URL);
  return list.map((url) => parse(field, absolute(url)));
}

/** An absolute URL as every parser reads it. */
function parse(field, text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    // What is no URL is refused by name.
  }
  if (typeof text !== "string" || !url || !/^https?:$/.test(url.protocol) || url.username + url.password + url.hash) {
    throw invalidOption(field, NOT_A_URL);
  }
  return url;
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
    throw invalidOption("placement", "cannot be used in an HTTP header.", cause);
  }
  return { header: header.toLowerCase(), prefix };
}

function readStatuses(statuses = [401]) {
  const sensible = Array.isArray(statuses) && statuses.every((status) => status === 401 || status === 403);
  if (!sensible) throw invalidOption("refreshOn", "takes 401 and 403 only.");
  return statuses;
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
