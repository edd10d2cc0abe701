// The demo server's counters and controls.

import { seconds } from "./text.js";

const byId = (id) => document.getElementById(id);

export async function control(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  show(await response.json());
}

function show(stats) {
  for (const value of document.querySelectorAll("[data-counter]")) {
    value.textContent = stats[value.dataset.counter];
  }
  byId("counters").classList.toggle("alarm", stats.presented_twice > 0);
  const down = stats.unavailable_for_ms;
  showState(down ? "bad" : "good", down ? `down for ${seconds(down)}` : "up");
}

function showState(kind, text) {
  byId("server-state").className = `chip ${kind}`;
  byId("server-state").textContent = text;
}

async function poll() {
  if (document.hidden) return;
  try {
    const response = await fetch("/demo/stats");
    show(await response.json());
  } catch {
    showState("bad", "not reachable");
  }
}

/** Shows the counters now and once a second. */
export function watchServer() {
  poll();
  setInterval(poll, 1000);
  document.addEventListener("visibilitychange", poll);
}
