// Sends requests through the session and tells what became of each: waited or not, sent once or twice, status, duration.

import { refreshesSent, takeAttempts } from "./network.js";

let latest = 0;

function expired({ status, expiresAt }) {
  return status === "signed-in" && Date.now() >= expiresAt;
}

/** A request under way. `done` resolves with the same object, completed. */
export function send(session) {
  latest += 1;
  const query = `?n=${latest}`;
  const request = { number: latest, waited: expired(session.state), retried: false, status: null, error: null };
  const begun = performance.now();
  request.done = session
    .fetch(`/api/protected/${query}`)
    .then(
      (response) => {
        request.status = response.status;
      },
      (error) => {
        request.error = error;
      },
    )
    .then(() => {
      request.duration = performance.now() - begun;
      request.retried = takeAttempts(query) > 1;
      return request;
    });
  return request;
}

/** Many requests in the same instant. `done` resolves when the last of them has its answer. */
export function sendMany(session, count) {
  const refreshesBefore = refreshesSent();
  const begun = performance.now();
  const burst = { requests: Array.from({ length: count }, () => send(session)) };
  burst.done = Promise.all(burst.requests.map((request) => request.done)).then(() => {
    burst.duration = performance.now() - begun;
    burst.refreshes = refreshesSent() - refreshesBefore;
    return burst;
  });
  return burst;
}

/** In one word, which is also its colour. */
export function outcome(request) {
  if (!succeeded(request)) return "bad";
  if (request.waited) return "waited";
  return request.retried ? "retried" : "good";
}

export const succeeded = (request) => request.status !== null && request.status < 400;
