// @ts-check
import { EvertokenError } from "#errors";
import { parse } from "../urls.js";

/** The longest that an issuer may take, in milliseconds. */
const LIMIT = 15_000;

/** The endpoints that an issuer publishes, for {@link oauth2} (RFC 8414 section 3, OpenID Connect Discovery 1.0 section 4). */
export async function discover(issuer) {
  const { origin, pathname } = parse("issuer", issuer);
  const path = pathname.replace(/\/$/, "");
  const own = origin + path;
  const urls = [`${origin}/.well-known/oauth-authorization-server${path}`, `${own}/.well-known/openid-configuration`];
  for (const url of urls) {
    const found = await metadata(url);
    if (found) return endpoints(found, own);
  }
  throw new EvertokenError("misconfigured", `The issuer has no metadata at ${urls.join(" and ")}.`);
}

/** Nothing, where the issuer has none at this address. */
async function metadata(url) {
  const unavailable = (what, cause) => new EvertokenError("unavailable", `The issuer ${what}; try again.`, { cause });
  const settings = { headers: { accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(LIMIT) };
  let response;
  try {
    response = await fetch(url, settings);
  } catch (cause) {
    throw unavailable("cannot be reached", cause);
  }
  if (response.status === 429 || response.status >= 500) throw unavailable(`answers HTTP ${response.status}`);
  const body = response.ok ? await response.json().catch(() => undefined) : undefined;
  return body === Object(body) ? body : undefined;
}

/** @param {any} metadata @param {string} issuer */
function endpoints({ issuer: named, token_endpoint, revocation_endpoint }, issuer) {
  const wrong = (problem) => new EvertokenError("misconfigured", `The issuer's metadata ${problem}.`);
  // RFC 8414 section 3.3: metadata of another issuer may come from an attacker.
  if (String(named).replace(/\/$/, "") !== issuer) throw wrong("are of another issuer");
  if (typeof token_endpoint !== "string") throw wrong("name no token_endpoint");
  return { tokenEndpoint: token_endpoint, revocationEndpoint: revocation_endpoint };
}
