// @ts-check
// A backend's description in lines.
import { WRONG_CREDENTIALS, backend } from "./errands.js";

/**
 * @typedef {{ at?: string, is?: string | number | (string | number)[] }} Test
 * @typedef {number | ({ status: number | number[], anyBody?: boolean } & Test)} Rule
 * @typedef {{ access?: string, refresh?: string, expiresIn?: string, idToken?: string, success?: Test, rejected?: Rule[], transient?: Rule[],
 *   invalidClient?: Rule[], invalidRequest?: Rule[] }} Answer
 * @typedef {{ method?: string, path?: string, headers?: Record<string, string>, json?: unknown,
 *   form?: string | Record<string, string>, answer?: Answer }} Call
 * @typedef {{ signIn?: Call, refresh: Call, signOut?: Call, answer?: Answer }} Description
 */

/** The meanings by their letters. Rules are tried in the order in which they are written. */
const MEANINGS = { rejected: "r", transient: "t", invalidClient: "c", invalidRequest: "i" };

/**
 * @param {unknown} url what paths are below
 * @param {Description} description
 */
export function compile(url, { signIn, refresh, signOut, answer }) {
  const reading = { ...answer, ...signIn?.answer };
  const refusals = WRONG_CREDENTIALS + (reading.success ? 200 : "");
  const compiled = backend(url, {
    signIn: signIn && [request(signIn), ...meanings(reading), refusals],
    refresh: [request(refresh), ...meanings({ ...answer, ...refresh.answer })],
    signOut: signOut && [request(signOut)],
  });
  return { ...compiled, encode: signIn?.form && asForm };
}

function request({ method = "POST", path, json, form, headers }) {
  const type = (form && "x-www-form-urlencoded") ?? (json && "json");
  const fields = Object.entries({ ...(type && { "content-type": `application/${type}` }), ...headers }).flat();
  return [method, path, form && "form", form ? toForm(form) : toJson(json), ...fields];
}

function toJson(json) {
  return typeof json === "string" ? json : JSON.stringify(json);
}

/** Encoded, but for the placeholders. */
function toForm(form) {
  return typeof form === "string" ? form : String(new URLSearchParams(form)).replace(/%7B(\w+)%7D/g, "{$1}");
}

/** Credentials in JSON as a form. */
function asForm(json) {
  return String(new URLSearchParams(Object.entries(JSON.parse(json)).filter(([, value]) => value !== null)));
}

/** @param {Answer} answer */
function meanings({ access, refresh, expiresIn, idToken, success = {}, ...rules }) {
  const said = [[access, refresh, expiresIn, idToken, test(success)].join("\t")];
  for (const [name, list] of Object.entries(rules)) {
    const letter = MEANINGS[name];
    for (const rule of list ?? []) {
      const { status = rule, anyBody, ...found } = Object(rule);
      said.push([(anyBody ? letter.toUpperCase() : letter) + [status].flat().join(""), test(found)].join("\t"));
    }
  }
  return said;
}

function test({ at = "", is = [] }) {
  return [at, is].flat().join("\t");
}
