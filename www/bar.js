// The life of the access token: a bar that drains towards its expiry, with the line on it where a refresh starts.

import { seconds } from "./text.js";

const byId = (id) => document.getElementById(id);

const PHASES = {
  fresh: "fresh: requests go out at once",
  stale: "stale: requests go out at once, a refresh runs beside them",
  expired: "expired: requests wait for a refresh",
  unknown: "alive until the server says otherwise",
};

function phaseOf(state, now) {
  if (state.expiresAt === undefined) return "unknown";
  if (now >= state.expiresAt) return "expired";
  return now >= state.staleAt ? "stale" : "fresh";
}

function setText(element, text) {
  // Writing the same text again would still wake screen readers that watch the page.
  if (element.textContent !== text) element.textContent = text;
}

/** Shows the state of a session that is signed in. */
export function showLife(state, now = Date.now()) {
  const phase = phaseOf(state, now);
  const lifetime = phase === "unknown" ? 0 : Math.max(1, state.expiresAt - state.receivedAt);
  const left = phase === "unknown" ? 0 : Math.min(lifetime, Math.max(0, state.expiresAt - now));
  const staleShare = phase === "unknown" ? 0 : (state.expiresAt - state.staleAt) / lifetime;
  const known = phase !== "unknown";

  setText(byId("user"), state.claims?.name ?? `user ${state.claims?.user_id}`);
  setText(byId("left"), known ? seconds(left) : "unknown");
  setText(byId("generation"), String(state.generation));
  setText(byId("phase"), PHASES[phase]);
  setText(byId("lifetime"), known ? seconds(lifetime) : "");
  byId("session").dataset.phase = phase;

  const bar = byId("bar");
  bar.style.setProperty("--left", known ? left / lifetime : 1);
  bar.parentElement.style.setProperty("--stale", staleShare);
  bar.setAttribute("aria-valuemax", Math.round(lifetime / 1000));
  bar.setAttribute("aria-valuenow", Math.ceil(left / 1000));
  bar.setAttribute("aria-valuetext", known ? `${seconds(left)} of ${seconds(lifetime)} left, ${phase}` : PHASES.unknown);
}
