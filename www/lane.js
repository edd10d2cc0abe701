// One tab's lane on the timeline.

import { count } from "./text.js";

/** Pixels for a millisecond; the axis in timeline.css has the same. */
const SCALE = 0.03;

/** How long marks are kept, in milliseconds: the widest page shows less. */
const KEPT = 60_000;

/** Requests lie in so many rows. */
const ROWS = 14;

/** What positions are counted from, because those of the Unix epoch are too large for a page. */
const ORIGIN = Date.now();

const place = (moment) => (moment - ORIGIN) * SCALE;

function element(name, className, ...content) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

export class Lane {
  /** Marks and their elements, by id. */
  #shown = new Map();
  #strip = element("div", "strip");
  #counts = element("span", "muted", "");

  constructor(number, isOwn) {
    const name = element("b", "", `Tab ${number}`);
    const head = element("div", "lane-head", name, ...(isOwn ? [element("span", "chip plain", "this tab")] : []), this.#counts);
    const track = element("div", "track", this.#strip);
    track.ariaHidden = "true";
    this.element = element("li", "lane", head, track);
  }

  get marks() {
    return [...this.#shown.values()].map(({ mark }) => mark);
  }

  /** Shows a mark, or how it has changed. */
  show(mark) {
    const drawn = this.#shown.get(mark.id)?.drawn ?? this.#strip.appendChild(element("i", ""));
    this.#shown.set(mark.id, { mark, drawn });
    drawn.className = `mark ${mark.kind} ${mark.outcome ?? ""}`;
    drawn.style.left = `${place(mark.from)}px`;
    if (mark.kind === "request") drawn.style.setProperty("--row", mark.number % ROWS);
    if (mark.text) drawn.dataset.text = mark.text;
    setEnd(drawn, mark, mark.to ?? mark.from);
  }

  /** Writes to each generation where it came from; `tabOf` tells which tab has fetched it. */
  nameGenerations(tabOf) {
    for (const { mark, drawn } of this.#shown.values()) {
      if (mark.kind !== "generation") continue;
      const tab = tabOf(mark);
      const origin = mark.text ?? (mark.isOwn ? "refreshed here" : tab ? `refreshed by tab ${tab}` : "refreshed by another tab");
      drawn.dataset.text = `${mark.generation} · ${origin}`;
      drawn.classList.toggle("own", Boolean(mark.isOwn));
    }
  }

  /** Moves the lane so that it ends at this moment. */
  moveTo(now) {
    this.#strip.style.transform = `translateX(${-place(now)}px)`;
    for (const { mark, drawn } of this.#shown.values()) {
      if (mark.to === undefined) setEnd(drawn, mark, now);
    }
  }

  /** Lets go of what has left the page. */
  forget(now) {
    for (const [id, { mark, drawn }] of this.#shown) {
      if (mark.to < now - KEPT) {
        drawn.remove();
        this.#shown.delete(id);
      }
    }
  }

  /** Counts what has begun since this moment, and says it beside the lane. */
  countSince(moment) {
    const recent = this.marks.filter((mark) => mark.from >= moment);
    const requests = recent.filter(({ kind }) => kind === "request").length;
    const refreshes = recent.filter(({ kind, outcome }) => kind === "refresh" && outcome === "good").length;
    this.#counts.textContent = `${count(requests, "request")}, ${count(refreshes, "refresh", "refreshes")}`;
    return { requests, refreshes };
  }
}

function setEnd(drawn, mark, end) {
  drawn.style.width = `${Math.max(0, end - mark.from) * SCALE}px`;
}
