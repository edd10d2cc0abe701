// @ts-check
// A backend's description as `src/core/backend/custom/compiled.rs` reads it: a text for each part, a line for each value.
import { parse } from "../urls.js";

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

/** What a server answers to wrong credentials, unless a rule says otherwise. */
const REFUSALS = "r400401403422";

/**
 * @param {unknown} url what paths are below
 * @param {Description} description
 * @param {string} [field] names the URL in errors
 */
export function compile(url, { signIn, refresh, signOut, answer }, field = "backend") {
  const base = parse(field, url);
  const endpoints = [base];
  const request = (call) => {
    if (!call) return "";
    const goal = below(base, call.path);
    endpoints.push(goal);
    const { method = "POST", json, form, headers } = call;
    const type = (form && "x-www-form-urlencoded") ?? (json && "json");
    const fields = Object.entries({ ...(type && { "content-type": `application/${type}` }), ...headers }).flat();
    return lines([method, goal.href, form && "form", form ? toForm(form) : toJson(json), ...fields]);
  };
  const reading = { ...answer, ...signIn?.answer };
  const parts = [
    request(signIn),
    lines([...meanings(reading), REFUSALS + (reading.success ? 200 : "")]),
    request(refresh),
    lines(meanings({ ...answer, ...refresh.answer })),
    request(signOut),
  ];
  return { endpoints, texts: [base.href, ...parts], encode: signIn?.form && asForm };
}

function lines(texts) {
  return texts.join("\n");
}

/** A path below the base, query and all; a whole URL; without a path the base itself. */
export function below(base, path) {
  if (path === undefined) return base;
  if (path.includes("://")) return parse("path", path);
  const [name, query] = path.split("?");
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/?$/, "/") + name;
  if (query) url.search += (url.search && "&") + query;
  return url;
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
  const said = [access, refresh, expiresIn, idToken, test(success)];
  for (const [name, list] of Object.entries(rules)) {
    const letter = MEANINGS[name];
    for (const rule of list) {
      const { status = rule, anyBody, ...found } = Object(rule);
      said.push([(anyBody ? letter.toUpperCase() : letter) + [status].flat().join(""), test(found)].join("\t"));
    }
  }
  return said;
}

function test({ at = "", is = [] }) {
  return [at, is].flat().join("\t");
}
