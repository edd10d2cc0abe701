// What the tests use inside the page. Everything here is global, because tests run their code in the page's global scope.
import * as evertoken from "/pkg/evertoken.js";
import * as isolated from "/pkg/isolated.js";
import { inWorker, isIsolated, startIsolated, watchWorker, workerOf } from "./isolated.js";

const servers = new URL(location.href).searchParams;
const api = servers.get("api");
const recorder = servers.get("recorder");

/** The real ones, whatever a test puts in their place. */
const network = globalThis.fetch;
const clock = performance.now.bind(performance);
const { setTimeout } = globalThis;

/** Every event of every session here, in order. */
const events = [];

/** Whether the tokens are in a worker, and of which kind. */
const isolation = servers.get("isolation");

/** A session that records its events; in memory and of the Django server unless told otherwise. */
async function start(options = {}) {
  const session = isolation ? await startInWorker(options) : await startHere(options);
  session.on("*", (event) => events.push(event));
  return session;
}

function startHere(options) {
  const backend = evertoken.simpleJwt(`${api}/api/token/`);
  return evertoken.createSession({ backend, store: "memory", ...options });
}

function startInWorker(options) {
  const made = `() => ({ backend: simpleJwt(api + "/api/token/"), store: "memory", ...${JSON.stringify(options)} })`;
  // Each session has a worker of its own, as it has a page's.
  return startIsolated(made, { kind: isolation, servers, name: crypto.randomUUID() });
}

const demo = { username: "demo", password: "demo" };

async function signedIn(options) {
  const session = await start(options);
  await session.signIn(demo);
  return session;
}

async function post(url, body) {
  const headers = { "content-type": "application/json" };
  const response = await network(url, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

/** A signed-in session whose token has expired by its own account; the refresh token is good. */
async function expired(options) {
  const session = await start(options);
  const { refresh } = await post(`${api}/api/token/`, demo);
  await session.adopt({ access: "opaque", refresh, expiresIn: 0 });
  return session;
}

/** Has the server refuse the session's access token from now on. */
async function revoke(session) {
  await post(`${api}/test/revoke/`, { access: await tokenOf(session) });
}

/** The session's access token, wherever it is. */
function tokenOf(session) {
  return isIsolated(session) ? inWorker(session, () => accessOf()) : session.accessToken();
}

/** How a promise ended, as a value that leaves the page. */
async function outcome(promise) {
  try {
    const value = await promise;
    return { value: value instanceof Response ? value.status : value };
  } catch (error) {
    return { error: describe(error) };
  }
}

function describe(error) {
  if (!(error instanceof Error || error instanceof DOMException)) return { thrown: error };
  const { name, message, code, retryAfter } = error;
  const cause = error.cause === undefined ? undefined : describe(error.cause);
  return { name, message, code, retryAfter, cause, evertoken: error instanceof evertoken.EvertokenError };
}

/** The events so far as values that leave the page. */
function seen() {
  return events.map((event) => (event.error === undefined ? event : { ...event, error: describe(event.error) }));
}

/** Records what goes through `globalThis.fetch`; `answer` takes the place of the network, unless it returns nothing. */
function watchFetch(answer = () => undefined) {
  const sent = [];
  globalThis.fetch = function watched(input, init) {
    const { url, method, headers } = new Request(input instanceof Request ? input.url : input, headOf(input, init));
    sent.push({ url, method, authorization: headers.get("authorization") });
    return answer(sent.at(-1)) ?? network(input, init);
  };
  return sent;
}

function headOf(input, init) {
  const { method, headers } = { ...(input instanceof Request && { method: input.method, headers: input.headers }), ...init };
  return { method, headers };
}

/** The same, wherever the session sends from; `answer` knows the names of this file's globals only. */
function watchSession(session, answer) {
  return isIsolated(session) ? watchWorker(session, answer) : watchFetch(answer);
}

/** Resolves when `watchSession` has told all that has been sent so far. */
async function told(session) {
  if (isIsolated(session)) await inWorker(session, () => {});
}

/** An empty answer of a stubbed network. */
const answered = (status) => Promise.resolve(new Response(null, { status }));

/** Resolves as soon as `ask()` is true. */
async function when(ask, limit = 10_000) {
  const end = clock() + limit;
  while (!(await ask())) {
    if (clock() > end) throw new Error(`not within ${limit} ms: ${ask}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Time limits pass this many times faster from now on. */
function hurry(times = 50) {
  const begin = clock();
  performance.now = () => begin + (clock() - begin) * times;
  globalThis.setTimeout = (run, delay, ...values) => setTimeout(run, delay / times, ...values);
}

/** Settings of a request, none of them a default. */
const unusualSettings = {
  method: "PATCH",
  mode: "same-origin",
  credentials: "omit",
  cache: "reload",
  redirect: "error",
  referrer: `${location.origin}/from`,
  referrerPolicy: "origin",
  integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
  keepalive: true,
};

/** How everything fails that is called on this session, by the codes. */
async function codesOfAll(session) {
  const calls = [
    () => session.fetch(`${api}/api/protected/`),
    () => session.fetch(`${recorder}/another/origin`),
    () => session.accessToken(),
    () => session.idToken,
    () => session.refresh(),
    () => session.signIn(demo),
    () => session.adopt({ access: "opaque" }),
    () => session.signOut(),
    () => session.state,
    () => session.on("refreshed", () => {}),
  ];
  const outcomes = await Promise.all(calls.map((call) => outcome((async () => call())())));
  return outcomes.map(({ error }) => error?.code);
}

/** Returns what tells how many listeners this session has that came from now on. */
function countListeners(session) {
  const { on } = session;
  const listening = new Set();
  session.on = (...args) => {
    const off = on.apply(session, args);
    listening.add(off);
    return () => {
      listening.delete(off);
      off();
    };
  };
  return () => listening.size;
}

/** Has the page look hidden to sessions that start from now on: they refresh when asked only. */
function hide() {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
}

/** What the session's default store holds under a key, or localStorage, past the number of its item. */
async function stored(key = "default", store = "indexeddb") {
  if (store === "local") return localStorage[`evertoken:${key}`]?.replace(/^\d+ /, "");
  return database((sessions) => sessions.get(key));
}

/** Puts something into the session's default store. */
function putStored(value, key = "default") {
  return database((sessions) => sessions.put(value, key));
}

/** What has been set aside for sessions of this name, the oldest first. */
function asides(name = "default") {
  return database((sessions) => sessions.getAll(IDBKeyRange.bound([name, 0], [name, Infinity])));
}

function database(use) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("evertoken", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("sessions");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("sessions", "readwrite");
      const request = use(transaction.objectStore("sessions"));
      transaction.oncomplete = () => {
        opening.result.close();
        resolve(request.result);
      };
      transaction.onabort = () => reject(transaction.error);
    };
  });
}

Object.assign(globalThis, evertoken, {
  answered,
  api,
  asides,
  codesOfAll,
  countListeners,
  demo,
  describe,
  evertoken,
  expired,
  hide,
  hurry,
  inWorker,
  isolated,
  outcome,
  post,
  putStored,
  recorder,
  revoke,
  seen,
  signedIn,
  servers,
  start,
  startIsolated,
  told,
  tokenOf,
  stored,
  watchFetch,
  watchSession,
  unusualSettings,
  when,
  workerOf,
});
