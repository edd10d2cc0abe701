// The timeline: a lane for each open tab on a common axis of time, which ends now and moves.

import { Lane } from "./lane.js";
import { count } from "./text.js";

/** What the summary counts, in milliseconds. */
const RECENT = 30_000;

const byId = (id) => document.getElementById(id);
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

export class Timeline {
  /** By the number of the tab. */
  #lanes = new Map();
  /** Which tab has fetched the tokens of a generation. */
  #fetched = new Map();
  #pausedAt;

  /** Shows marks of a tab, new ones and those that have changed. */
  show(number, marks, isOwn = false) {
    const lane = this.#laneOf(number, isOwn);
    for (const mark of marks) {
      if (mark.kind === "generation" && mark.isOwn) this.#fetched.set(keyOf(mark), number);
      lane.show(mark);
    }
    for (const each of this.#lanes.values()) each.nameGenerations((mark) => this.#fetched.get(keyOf(mark)));
  }

  /** The marks of a tab that are still to be seen. */
  marksOf(number) {
    return this.#lanes.get(number)?.marks ?? [];
  }

  remove(number) {
    this.#lanes.get(number)?.element.remove();
    this.#lanes.delete(number);
  }

  /** Draws from now on, and stands still while it is paused. */
  start() {
    const button = byId("pause");
    button.addEventListener("click", () => {
      this.#pausedAt = this.#pausedAt === undefined ? Date.now() : undefined;
      button.ariaPressed = String(this.#pausedAt !== undefined);
    });
    this.#draw();
    this.#summarize();
    setInterval(() => this.#summarize(), 500);
  }

  #draw() {
    for (const lane of this.#lanes.values()) lane.moveTo(this.#now);
    if (reducedMotion.matches) setTimeout(() => this.#draw(), 1000);
    else requestAnimationFrame(() => this.#draw());
  }

  #summarize() {
    const now = this.#now;
    const totals = { requests: 0, refreshes: 0 };
    for (const lane of this.#lanes.values()) {
      lane.forget(now);
      const { requests, refreshes } = lane.countSince(now - RECENT);
      totals.requests += requests;
      totals.refreshes += refreshes;
    }
    const { requests, refreshes } = totals;
    const said = [count(this.#lanes.size, "tab"), count(requests, "request"), count(refreshes, "refresh", "refreshes")].join(", ");
    byId("timeline-summary").textContent = `In the last 30 seconds: ${said}.`;
  }

  get #now() {
    return this.#pausedAt ?? Date.now();
  }

  #laneOf(number, isOwn) {
    if (!this.#lanes.has(number)) {
      const lane = new Lane(number, isOwn);
      this.#lanes.set(number, lane);
      const next = Math.min(...[...this.#lanes.keys()].filter((other) => other > number));
      byId("lanes").insertBefore(lane.element, this.#lanes.get(next)?.element ?? null);
    }
    return this.#lanes.get(number);
  }
}

function keyOf({ session, generation }) {
  return `${session} ${generation}`;
}
