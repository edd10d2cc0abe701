// @ts-check
// Errands that the application runs itself. For the session each is a request that is never sent: the function answers it.
import { below } from "./errands.js";

/** What a function may return instead of tokens, as the status of an answer. */
const STATUSES = { rejected: 401, misconfigured: 400, unavailable: 503 };

/** How the answer to a function's errand reads. */
const ANSWER = {
  access: "access",
  refresh: "refresh",
  expiresIn: "expiresIn",
  idToken: "idToken",
  success: undefined,
  rejected: [401],
  transient: [503],
  invalidClient: [],
  invalidRequest: [400],
};

/** What the query of a URL begins with that a function answers: nothing is sent there. */
const ERRAND = "?errand=";

/** What each errand is about. */
const SAID = {
  signIn: "{credentials}",
  refresh: { access: "{access}", refresh: "{refresh}" },
  signOut: { access: "{access}", refresh: "{refresh}" },
};

/** The calls with a request in the place of each function, and the transport that answers those. */
export function byFunctions(base, { answer, ...errands }) {
  const functions = new Map();
  const calls = { answer };
  for (const [name, errand] of Object.entries(errands)) {
    if (typeof errand !== "function") {
      calls[name] = errand;
      continue;
    }
    const path = ERRAND + name;
    functions.set(below(base, path).href, errand);
    calls[name] = { path, json: SAID[name], answer: ANSWER };
  }
  return {
    calls,
    transport: undefined,
    fetch: undefined,
    /** @param {typeof fetch} transport for what is sent */
    over(transport = (url, init) => fetch(url, init)) {
      return (url, init) => {
        const errand = functions.get(url);
        return errand ? run(errand, base, init, transport) : transport(url, init);
      };
    },
  };
}

/** @param {URL} url */
export function isErrand({ search }) {
  return search.startsWith(ERRAND);
}

/** Runs a function; what it throws is a connection that was lost. */
async function run(errand, base, { body, ...settings }, transport) {
  const send = (path, { headers, ...init } = {}) => {
    const accepted = new Headers(headers);
    if (!accepted.has("accept")) accepted.set("accept", "application/json");
    return transport(below(base, path).href, { ...settings, ...init, headers: accepted });
  };
  const outcome = (await errand(JSON.parse(body), send)) ?? {};
  const status = STATUSES[outcome];
  return new Response(status ? "{}" : JSON.stringify(outcome), { status: status ?? 200 });
}
