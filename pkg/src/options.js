// @ts-check
import { MISSING, invalidOption, notOneOf } from "#errors";
import { isExposed, parseAll } from "./urls.js";

const STORES = ["indexeddb", "local", "session", "memory"];
const OPTIONS = ["backend", "origins", "insecureOrigins", "store", "name", "refreshAhead", "placement", "refreshOn", "dpop", "debug"];
const DAY = 86400;

/** Checks the options and splits them into what the session's WebAssembly and what `fetch` needs. */
export function read(options) {
  refuseUnknown(options, OPTIONS);
  const { backend, store = "indexeddb", name = "default", refreshAhead = 60, dpop, debug } = options ?? {};
  const { endpoints, texts, transport } = backend ?? {};
  if (!texts) throw invalidOption("backend", "is not made by simpleJwt, oauth2, customBackend or another of their kind.");
  const { placement = backend.placement, refreshOn = backend.refreshOn } = options;
  const origins = readOrigins(endpoints, options);
  checkStore(store);
  if (typeof name !== "string" || name === "") throw invalidOption("name", MISSING);
  if (typeof refreshAhead !== "number" || !(refreshAhead >= 0 && refreshAhead <= DAY)) {
    throw invalidOption("refreshAhead", `is not a number of seconds between 0 and ${DAY}.`);
  }
  if (dpop !== undefined && (placement || backend.fetch || !dpop?.placement)) {
    throw invalidOption("dpop", "is no dpopKey, or there is a placement.");
  }
  if (debug !== undefined && !debug?.placement) throw invalidOption("debug", "is not made by debugLines.");
  const placed = dpop?.placement ?? { ...readPlacement(placement), fetch: backend.fetch };
  const rules = { origins, placement: debug?.placement(placed) ?? placed, refreshOn: readRefusals(refreshOn), renewal: backend.renewal };
  return { engine: { texts, store, name, refreshAhead, transport, dpop, debug }, rules, encode: backend.encode };
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

/** Statuses, and functions that look at the answer. */
function readRefusals(refusals = [401]) {
  const makesSense = (refusal) => typeof refusal === "function" || (Number.isInteger(refusal) && refusal > 399 && refusal < 500);
  if (!refusals?.every?.(makesSense)) throw invalidOption("refreshOn", "takes a list of statuses 4xx and refusals.");
  return refusals;
}
