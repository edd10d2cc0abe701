// @ts-check
// Which answers refuse the token by what they say. Pages whose servers say 401 do not load this.
import { invalidOption } from "#errors";
import { peek, textAt } from "./json.js";
import { refuseUnknown } from "./options.js";

/**
 * A rule for `refreshOn`: an answer of this status whose JSON body has one of these values at this path.
 * @param {{ status: number, at: string, is: unknown }} rule
 */
export function refusal(rule) {
  refuseUnknown(rule, ["status", "at", "is"]);
  const { status, at, is } = rule ?? {};
  const values = [is].flat();
  if (!Number.isInteger(status) || status < 200 || status > 599) throw invalidOption("status", "is not from 200 to 599.");
  if (typeof at !== "string" || at === "") throw invalidOption("at", "is not a path, such as error.code.");
  if (!values.length || values.some((value) => !/string|number|boolean/.test(typeof value))) {
    throw invalidOption("is", "is not a text, number or truth value, or a list of them.");
  }
  const texts = values.map(String);
  return (response) => response.status === status && says(response);

  async function says(response) {
    return texts.includes(textAt(await peek(response), at));
  }
}
