// RESULTS.md: a table for each measurement, and below it what was aimed at, and what came of it.
import { readFileSync } from "node:fs";
import { CANDIDATES, REFRESHING } from "./candidates.mjs";
import { REFRESH as STAMPEDE_REFRESH } from "./measurements/stampede.mjs";
import { LIFETIME, REFRESH } from "./measurements/steady.mjs";

/** auth0-spa-js, whose bytes the aims name, in KiB. */
const AUTH0 = 53.5;

export function report({ results, machine }) {
  const { bytes, coldStart, perCall, perRequest, oneTab, fourTabs, steady, profile, startup, wasm } = results;
  return [
    "# What evertoken costs, and what it saves\n",
    "Written by `cargo xtask bench`, which measures all of it in one run: the same page, server and tokens for everyone, in turn,",
    "the first of them another one in each round. Medians, with the quartiles in brackets. The ratios count, the times are this",
    `machine's: ${machine}.\n`,
    "Each client is used as its documentation says, in [clients/](clients/), with what suits it best where that leaves a choice;",
    "those over axios use its `fetch` adapter. The server rotates strictly: a refresh token that comes twice ends the session.\n",
    ...bytesSection(bytes, wasm),
    ...coldSection(coldStart, startup),
    ...callSection(perCall, profile),
    ...requestSection(perRequest),
    ...stampedeSection(oneTab, fourTabs),
    ...steadySection(steady),
  ].join("\n");
}

function bytesSection(bytes, wasm) {
  const own = bytes.evertoken.brotli;
  const oidc = bytes["oidc-client-ts"].brotli;
  const rows = CANDIDATES.map(({ name, label, of }) => [label, version(of), kib(bytes[name].raw), kib(bytes[name].brotli)]);
  const reason = `${kib(wasm)} of it are the WebAssembly: the state machine that tabs, workers and the native crate share. The rest is JavaScript and what it takes to carry WebAssembly as text`;
  return [
    "## Bytes shipped\n",
    "A page with this client alone, bundled and minified by esbuild, in KiB.\n",
    ...table(["client", "version", "raw", "brotli"], rows),
    aim("fewer bytes than oidc-client-ts", own < oidc, `${kib(own)} KiB against ${kib(oidc)}. ${reason}`),
    aim(`far fewer than auth0-spa-js (${AUTH0} KiB)`, own < AUTH0 * 1024 * 0.75, `${kib(own)} KiB`),
    "",
  ];
}

function coldSection(cold, startup) {
  const rows = CANDIDATES.map(({ name, label }) => [
    label,
    spread(cold[name].navigation, 0),
    signed(cold[name].added, 0),
    ratio(cold[name].navigation, cold.bare.navigation),
    spread(cold[name].script, 0),
  ]);
  const steps = Object.entries(startup).map(([step, time]) => `${step} ${time.toFixed(1)}`).join(", ");
  return [
    "## Cold start\n",
    "A new profile with a kept session: milliseconds from the navigation to the first authenticated answer, and of these from the",
    "start of the page's script.\n",
    ...table(["client", "navigation to answer", "added", "ratio", "script to answer"], rows),
    aim("within 15 ms of bare fetch", cold.evertoken.added <= 15, `${signed(cold.evertoken.added, 1)} ms`),
    `\nWhere evertoken's time goes, in milliseconds: ${steps}.\n`,
  ];
}

function callSection({ clients, forms }, profile) {
  const added = (name) => clients[name]?.added.median;
  const measured = REFRESHING.filter(({ name }) => clients[name]);
  const lowest = measured.reduce((least, { name }) => Math.min(least, added(name)), Infinity);
  const rows = CANDIDATES.filter(({ name }) => clients[name]).map(({ name, label }) => [
    label,
    spread(clients[name], 1),
    spread(clients[name].added, 1),
  ]);
  const cheaper = measured.filter(({ name }) => added(name) < added("evertoken")).map(({ label }) => label);
  const reason = `cheaper: ${cheaper.join("; ")}. They hand on whatever URL and token there is; evertoken asks its state machine, keeps the token to the named origins and looks at each answer for a 401`;
  return [
    "## CPU time added to a call\n",
    "Over a `fetch` that answers at once, in one page with a clock of microseconds; a client that has read the body when it answers",
    "(axios) stands beside a bare call that reads it, too. Microseconds.\n",
    ...table(["client", "per call", "added"], rows),
    "By the form of the call, in evertoken:\n",
    ...table(["call", "per call", "added"], Object.entries(forms).map(([form, times]) => [form, spread(times, 1), spread(times.added, 1)])),
    aim("below 5 µs", added("evertoken") < 5, `${added("evertoken").toFixed(1)} µs`),
    aim("the lowest of all that refresh", added("evertoken") <= lowest, reason),
    `\nWhere the time of such a call goes, the stub's included: ${profile.map(({ name, share }) => `${name} ${Math.round(share * 100)} %`).join(", ")}.\n`,
  ];
}

function requestSection(requests) {
  const rows = CANDIDATES.map(({ name, label }) => [
    label,
    spread(requests[name], 2),
    signed(requests[name].added, 2),
    ratio(requests[name], requests.bare),
  ]);
  return [
    "## Time of a real request\n",
    "To the server and back, with a fresh token, to the parsed answer. Milliseconds.\n",
    ...table(["client", "per request", "added", "ratio"], rows),
  ];
}

function stampedeSection(oneTab, fourTabs) {
  const rows = REFRESHING.map(({ name, label }) => [label, ...outcome(oneTab[name]), ...outcome(fourTabs[name])]);
  const isPerfect = [oneTab, fourTabs].every(({ evertoken }) =>
    evertoken.every(({ refreshes, failed, alive }) => refreshes === 1 && failed === 0 && alive),
  );
  return [
    "## Stampedes\n",
    `Tabs open with a kept session whose access token has ended, and send 100 requests at once: one tab all of them, four tabs 25`,
    `each. A refresh takes ${STAMPEDE_REFRESH} ms. Refreshes that the server granted, refresh tokens that it saw again, requests that failed, and`,
    "whether the session lived on in every tab; the worst of the rounds.\n",
    ...table(["client", "refreshes", "seen again", "failed", "alive", "four tabs: refreshes", "seen again", "failed", "alive"], rows),
    aim("one refresh and no failure in every stampede", isPerfect, ""),
    "",
  ];
}

function steadySection(steady) {
  const rows = CANDIDATES.map(({ name, label, lifetime }) => {
    const { median, p95, p99, longest, waited, failed, refreshes } = steady[name];
    const latencies = [median, p95, p99, longest].map((latency) => latency.toFixed(0));
    return [label + (lifetime ? ` (${lifetime} s)` : ""), ...latencies, waited, failed, refreshes];
  });
  const { waited, failed, requests } = steady.evertoken;
  return [
    "## Steady state\n",
    `${requests} requests, 20 a second, with tokens of ${LIFETIME} s (or what is said beside the name: its margins are fixed) and a refresh that takes`,
    `${REFRESH} ms. Latencies in milliseconds; a request has waited when its client held it back for half of a refresh, or sent it again that`,
    "much later.\n",
    ...table(["client", "median", "95 %", "99 %", "longest", "waited", "failed", "refreshes"], rows),
    aim("no request ever waits", waited === 0 && failed === 0, `${waited} of ${requests} waited, ${failed} failed`),
    "",
  ];
}

/** The worst of the rounds. */
function outcome(rounds) {
  const most = (member) => Math.max(...rounds.map((round) => round[member]));
  return [most("refreshes"), most("presentedTwice"), most("failed"), rounds.every(({ alive }) => alive) ? "yes" : "**no**"];
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line), ""];
}

function aim(what, isReached, how) {
  return `- Aim: ${what}: ${isReached ? "reached" : "**not reached**"}${how ? `: ${how}` : ""}`;
}

const kib = (bytes) => (bytes / 1024).toFixed(1);
const signed = (number, digits) => (number > 0 ? "+" : "") + number.toFixed(digits);
const ratio = (of, to) => (of.median / to.median).toFixed(2);

function spread({ median, low, high }, digits) {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

function version(name) {
  if (name === undefined) return "";
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}
