// @ts-check
import { MISSING, invalidOption } from "#errors";
import { refuseUnknown } from "../options.js";
import { parse } from "../urls.js";
import { backend } from "./errands.js";

const OPTIONS = ["tokenEndpoint", "clientId", "revocationEndpoint", "scope", "resource", "parameters"];
const RESERVED = ["grant_type", "refresh_token", "client_id", "client_secret"];

/** The statuses of an error response, and where its code stands. */
const ERROR = "400401402403\terror";

/** A public client of an OAuth 2.0 token endpoint (RFC 6749 section 6). */
export function oauth2(options) {
  refuseUnknown(options, OPTIONS);
  const { tokenEndpoint, clientId, revocationEndpoint, scope, resource, parameters } = options ?? {};
  const fields = [];
  if (scope !== undefined) fields.push(["scope", scope]);
  for (const url of [resource ?? []].flat()) fields.push(["resource", url]);
  for (const [name, value] of Object.entries(parameters ?? {})) {
    if (RESERVED.includes(name)) throw invalidOption(`parameters.${name}`, "is what the protocol sets itself.");
    fields.push([name, value]);
  }
  const form = (url, start, fields) => {
    const body = `${start}&${new URLSearchParams([...fields, ["client_id", clientId]])}`;
    return ["POST", url, "form", body, "content-type", "application/x-www-form-urlencoded"];
  };
  const errands = {
    refresh: [
      form(undefined, "grant_type=refresh_token&refresh_token={refresh}", fields),
      "access_token\trefresh_token\texpires_in\tid_token",
      // RFC 6749 section 5.2: the one code that ends a session.
      `r${ERROR}\tinvalid_grant`,
      `t${ERROR}\ttemporarily_unavailable\tserver_error\tslow_down`,
      `c${ERROR}\tinvalid_client\tunauthorized_client`,
      `i${ERROR}`,
    ],
    signOut: revocationEndpoint === undefined ? undefined : [
      form(parse("revocationEndpoint", revocationEndpoint).href, "token={refresh}&token_type_hint=refresh_token", []),
    ],
  };
  const described = backend(tokenEndpoint, errands, "tokenEndpoint");
  if (typeof clientId !== "string" || clientId === "") throw invalidOption("clientId", MISSING);
  return described;
}
