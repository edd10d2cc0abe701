// What the server remembers for the tests: what arrived and how it was answered, and the delay of refreshes.
import { setTimeout as sleep } from "node:timers/promises";

const arrivals = [];
let delay = 0;

/** Records a request until its answer is on its way. */
export function record(request, response, path) {
  const arrival = { path, method: request.method, authorization: described(request.headers), status: null };
  arrivals.push(arrival);
  response.once("finish", () => (arrival.status = response.statusCode));
}

/** The header without its secret: "none", or its scheme with the `jti` of its JWT. */
function described({ authorization }) {
  if (authorization === undefined) return "none";
  const [scheme, token = ""] = authorization.split(" ");
  return `${scheme.toLowerCase()} ${jtiOf(token) ?? "opaque"}`;
}

function jtiOf(token) {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1], "base64url")).jti;
  } catch {
    return undefined;
  }
}

/** Has the answer wait; the work behind it is done at once. */
export function late(response) {
  const { end } = response;
  response.end = (...values) => {
    sleep(delay).then(() => end.apply(response, values));
    return response;
  };
}

export const controls = {
  arrivals: () => arrivals,
  delay({ refresh_ms }) {
    delay = refresh_ms;
  },
  reset() {
    arrivals.length = 0;
    delay = 0;
  },
};
