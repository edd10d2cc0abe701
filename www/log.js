// The lists of requests and events, newest first.

import { outcome, succeeded } from "./requests.js";
import { clockTime, count, milliseconds } from "./text.js";

const LONGEST = 40;

/** `element("span", "chip", "text", child, …)` */
function element(name, className, ...content) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

function prepend(list, row) {
  list.prepend(row);
  while (list.children.length > LONGEST) list.lastElementChild.remove();
}

const chip = (kind, text) => element("span", `chip ${kind}`, text);

const underWay = ({ waited }) => chip("plain", waited ? "waiting for a refresh" : "under way");

function outcomeChips(request) {
  const chips = [];
  if (request.error) chips.push(chip("bad", request.error.code ?? request.error.name));
  else chips.push(chip(succeeded(request) ? "good" : "bad", String(request.status)));
  if (request.waited) chips.push(chip("waited", "waited for a refresh"));
  if (request.retried) chips.push(chip("retried", "retried after a 401"));
  if (!request.waited && !request.retried) chips.push(chip("plain", "sent at once"));
  return chips;
}

/** A row that fills when the answer comes. */
export async function logRequest(list, request) {
  const what = element("span", "what", `#${request.number}`);
  const chips = element("span", "chips", underWay(request));
  const duration = element("span", "duration", "");
  prepend(list, element("li", "row", what, chips, duration));
  await request.done;
  chips.replaceChildren(...outcomeChips(request));
  duration.textContent = milliseconds(request.duration);
  if (request.error) chips.parentElement.append(element("p", "reason", request.error.message));
}

function tally(requests) {
  const good = requests.filter(succeeded).length;
  const waited = requests.filter((request) => request.waited).length;
  const retried = requests.filter((request) => request.retried).length;
  return [
    ...(good ? [chip("good", `${good} answered`)] : []),
    ...(good < requests.length ? [chip("bad", `${requests.length - good} failed`)] : []),
    ...(waited ? [chip("waited", `${waited} waited`)] : []),
    ...(retried ? [chip("retried", `${retried} retried`)] : []),
  ];
}

/** One row for requests that were sent together, with a dot for each. */
export async function logBurst(list, burst) {
  const { requests } = burst;
  const what = element("span", "what", `#${requests[0].number}–${requests.at(-1).number}`);
  const chips = element("span", "chips", underWay(requests[0]));
  const duration = element("span", "duration", "");
  const dots = element("div", "dots", ...requests.map(dot));
  dots.ariaHidden = "true";
  prepend(list, element("li", "row", what, chips, duration, dots));
  await burst.done;
  chips.replaceChildren(...tally(requests), chip("plain", count(burst.refreshes, "refresh", "refreshes")));
  duration.textContent = milliseconds(burst.duration);
}

function dot(request) {
  const made = element("i", "");
  request.done.then(() => {
    made.className = outcome(request);
    made.title = `#${request.number}: ${request.status ?? request.error.message}, ${milliseconds(request.duration)}`;
  });
  return made;
}

/** A row about the session: `kind` colours it. */
export function logEvent(list, kind, title, detail) {
  const what = element("span", `what ${kind}`, title);
  const row = element("li", "row", what, element("span", "detail", detail), element("time", "duration", clockTime()));
  prepend(list, row);
}
