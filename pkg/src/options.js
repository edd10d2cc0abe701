// @ts-check
import { base } from "./arguments.js";
import { EvertokenError, invalidOption } from "./errors.js";

const OPTIONS = ["backend", "origins", "insecureOrigins", "store", "name", "refreshAhead", "placement", "refreshOn"];

/** djangorestframework-simplejwt: sign in at `url`, refresh and blacklist below it. */
export function simpleJwt(url) {
  return Object.freeze({ type: "simpleJwt", url: absolute(url) });
}

/** A public client of an OAuth 2.0 token endpoint (RFC 6749 section 6). */
export function oauth2(options) {
  const { tokenEndpoint, clientId, revocationEndpoint } = options ?? {};
  return Object.freeze({
    type: "oauth2",
    tokenEndpoint: absolute(tokenEndpoint),
    clientId,
    revocationEndpoint: revocationEndpoint === undefined ? undefined : absolute(revocationEndpoint),
  });
}

/**
 * Splits the options into what WebAssembly decides about, as JSON text, and what `fetch` needs here. Values are
 * checked where they are used; a name that nobody knows is a typing error and is refused.
 */
export function read(options) {
  if (options === null || typeof options !== "object") throw invalidOption("backend", "is missing or empty.");
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw invalidOption(unknown, `is not known; there are ${OPTIONS.join(", ")}.`);
  const { placement, refreshOn, origins, insecureOrigins, ...rest } = options;
  const engine = JSON.stringify({ ...rest, origins: urls(origins), insecureOrigins: urls(insecureOrigins) });
  return { engine, rules: { placement: readPlacement(placement), refreshOn: readStatuses(refreshOn) } };
}

/** `{ header, scheme }`, or `{ query }`; by default `Authorization: Bearer`. */
function readPlacement(placement = {}) {
  const { header = "authorization", scheme = "Bearer", query, ...unknown } = Object(placement);
  const texts = [header, scheme, query ?? ""].every((text) => typeof text === "string");
  if (placement !== Object(placement) || !texts || query === "" || Object.keys(unknown).length > 0) {
    throw invalidOption("placement", "is neither { header, scheme } nor { query } with texts.");
  }
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
