// @ts-check
// New tokens that resources hand out, or ask to fetch. Pages whose servers do neither do not load this.
import { invalidOption } from "#errors";
import { peek, textAt } from "./json.js";
import { refuseUnknown } from "./options.js";

/**
 * How a server renews the token beside its answers: by a response header with a new one, or by a member of the JSON body, at a
 * path of names with dots between them, that asks for a refresh.
 * @param {{ header?: string, flag?: string }} renewal
 */
export function renewal(renewal) {
  refuseUnknown(renewal, ["header", "flag"]);
  const { header, flag } = Object(renewal);
  const names = [header, flag].filter((name) => name !== undefined);
  if (!names.length || names.some((name) => typeof name !== "string" || name === "")) {
    throw invalidOption("renewal", "is neither { header } nor { flag } with a name.");
  }
  /** What an answer says is news to the session alone: its caller has it already. */
  const renew = (response, bearer, tokens) => void look(response, bearer, tokens).catch(() => {});
  return Object.assign(renew, { header });

  async function look(response, bearer, tokens) {
    // Some servers write the scheme before the token. What no header can carry is none.
    const token = header && response.headers.get(header)?.match(/[!-~]+$/)?.[0];
    if (token) tokens.offer(bearer, token);
    else if (flag && textAt(await peek(response), flag) === "true") await tokens.newer(bearer);
  }
}
