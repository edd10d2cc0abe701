// @ts-check
import { MISSING, invalidOption } from "../errors.js";
import { refuseUnknown } from "../options.js";
import { parse } from "../urls.js";
import { compile } from "./compile.js";

const OPTIONS = ["tokenEndpoint", "clientId", "revocationEndpoint", "scope", "resource", "parameters"];
const RESERVED = ["grant_type", "refresh_token", "client_id", "client_secret"];

/** A public client of an OAuth 2.0 token endpoint (RFC 6749 section 6). */
export function oauth2(options) {
  refuseUnknown(options, OPTIONS);
  const { tokenEndpoint, clientId, revocationEndpoint, scope, resource, parameters } = options ?? {};
  const client = ["client_id", clientId];
  const form = [["grant_type", "refresh_token"], ["refresh_token", "{refresh}"]];
  if (scope !== undefined) form.push(["scope", scope]);
  for (const url of [resource ?? []].flat()) form.push(["resource", url]);
  for (const [name, value] of Object.entries(parameters ?? {})) {
    if (RESERVED.includes(name)) throw invalidOption(`parameters.${name}`, "is what the protocol sets itself.");
    form.push([name, value]);
  }
  const revocation = [["token", "{refresh}"], ["token_type_hint", "refresh_token"], client];
  const error = { status: [400, 401, 402, 403], at: "error" };
  const backend = compile(
    tokenEndpoint,
    {
      refresh: { form: [...form, client] },
      signOut: revocationEndpoint !== undefined && { path: parse("revocationEndpoint", revocationEndpoint).href, form: revocation },
      answer: {
        access: "access_token",
        refresh: "refresh_token",
        expiresIn: "expires_in",
        idToken: "id_token",
        // RFC 6749 section 5.2: the one code that ends a session.
        rejected: [{ ...error, is: "invalid_grant" }],
        transient: [{ ...error, is: ["temporarily_unavailable", "server_error", "slow_down"] }],
        invalidClient: [{ ...error, is: ["invalid_client", "unauthorized_client"] }],
        invalidRequest: [error],
      },
    },
    "tokenEndpoint",
  );
  if (typeof clientId !== "string" || clientId === "") throw invalidOption("clientId", MISSING);
  return backend;
}
