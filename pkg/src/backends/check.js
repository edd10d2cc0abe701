// @ts-check
// Whether a description makes sense.
import { MISSING, invalidOption } from "#errors";
import { refuseUnknown } from "../options.js";

const CALL = ["method", "path", "headers", "json", "form", "answer"];
const ANSWER = ["access", "refresh", "expiresIn", "idToken", "success", "rejected", "transient", "invalidClient", "invalidRequest"];
const RULES = ANSWER.slice(5);
const COOKIES = ["access", "csrf", "expires"];
const PLACEHOLDER = /\{([a-zA-Z]+)\}/g;

/** What placeholders stand for, by errand. */
const KNOWN = { signIn: ["credentials"], refresh: ["refresh", "access"], signOut: ["refresh", "access"] };

/** Refuses by its name what makes no sense. */
export function check({ answer, ...calls }, cookies) {
  refuseUnknown(cookies, COOKIES);
  refuseUnknown(cookies?.csrf, ["header", "access", "refresh"]);
  if (cookies?.csrf && typeof cookies.csrf.header !== "string") throw invalidOption("cookies.csrf.header", MISSING);
  checkAnswer("answer", answer);
  for (const [name, call] of Object.entries(calls)) {
    if (call === undefined || typeof call === "function") continue;
    checkCall(name, call);
    const found = new Set([...JSON.stringify(call).matchAll(PLACEHOLDER)].map(([, found]) => found));
    const unknown = [...found].find((found) => !KNOWN[name].includes(found));
    if (unknown) throw invalidOption(name, `has the placeholder {${unknown}}; known are {${KNOWN[name].join("}, {")}}.`);
    if (name === "refresh") checkCarriage(found, cookies);
    if (name === "signOut") continue;
    const { access } = { ...answer, ...call.answer };
    if (access === undefined && !cookies?.access) throw invalidOption(`${name}.answer.access`, MISSING);
  }
}

function checkCarriage(found, cookies) {
  if (cookies && found.has("refresh")) throw invalidOption("refresh", "names {refresh}, which is in a cookie.");
  if (!cookies && found.size === 0) throw invalidOption("refresh", "sends neither {refresh} nor {access}.");
}

function checkCall(name, call) {
  refuseUnknown(call, CALL);
  const { method = "POST", path = "", headers = {}, json, form, answer } = call;
  if (typeof path !== "string") throw invalidOption(`${name}.path`, "is not a text.");
  if (/^[^?]*\{[a-zA-Z]+\}/.test(path)) throw invalidOption(`${name}.path`, "has a placeholder before its query.");
  if (json !== undefined && form !== undefined) throw invalidOption(name, "has both json and form.");
  try {
    new Request("http://localhost/", { method, headers, body: json === undefined && form === undefined ? undefined : "" });
  } catch (cause) {
    throw invalidOption(name, "has a method, headers and body that no request can have.", cause);
  }
  if (typeof json === "string") checkJson(name, json);
  checkAnswer(`${name}.answer`, answer);
}

/** A template of JSON is JSON, whatever its placeholders are filled with. */
function checkJson(name, json) {
  try {
    JSON.parse(json.replace("{credentials}", "{}"));
  } catch (cause) {
    throw invalidOption(`${name}.json`, "is not JSON once its placeholders are filled.", cause);
  }
}

function checkAnswer(field, answer = {}) {
  refuseUnknown(answer, ANSWER);
  for (const name of ["access", "refresh", "expiresIn", "idToken"]) checkPath(`${field}.${name}`, answer[name]);
  if (answer.success) checkTest(`${field}.success`, answer.success);
  for (const name of RULES) {
    const rules = answer[name] ?? [];
    if (!Array.isArray(rules)) throw invalidOption(`${field}.${name}`, "is not a list.");
    for (const rule of rules) checkRule(`${field}.${name}`, rule);
  }
}

function checkRule(field, rule) {
  const { status, anyBody, ...test } = typeof rule === "number" ? { status: rule } : rule;
  const statuses = [status].flat();
  if (!statuses.every((status) => Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw invalidOption(`${field}.status`, "is not a status from 200 to 599, or a list of them.");
  }
  if (anyBody && test.at !== undefined) throw invalidOption(field, "takes any body, and looks into it at the same time.");
  checkTest(field, test);
}

function checkTest(field, test) {
  refuseUnknown(test, ["at", "is"]);
  checkPath(`${field}.at`, test.at);
  if (test.is !== undefined && test.at === undefined) throw invalidOption(`${field}.at`, MISSING);
  const values = [test.is ?? []].flat();
  if (values.some((value) => /\n|\t/.test(value) || !/string|number|boolean/.test(typeof value))) {
    throw invalidOption(`${field}.is`, "is not a text of one line, a number or a truth value, or a list of them.");
  }
}

function checkPath(field, path) {
  const isPath = path === undefined || (typeof path === "string" && path !== "" && !/\n|\t/.test(path));
  if (!isPath) throw invalidOption(field, "is not a path, such as data.token.");
}
