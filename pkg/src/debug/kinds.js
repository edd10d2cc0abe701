// @ts-check
// The kinds of results and the reasons of failures, as `src/web/js/host.js` counts them.
export const LOCKED = 0;
export const LOADED = 1;
export const READ = 2;
export const SWAPPED = 3;
export const ANSWERED = 4;
export const TICK = 5;
export const HINT = 6;
export const LOOK = 7;
const FAILURES = ["timeout", "offline", "full", "denied", "denied"];

/** The name of a failure; any other reason is none that a page is told. */
export function failureOf(number, other = "unknown") {
  return FAILURES[number] ?? other;
}
