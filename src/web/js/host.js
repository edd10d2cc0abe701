// What the browser does for the Rust side: JavaScript calls JavaScript's own interfaces in a fraction of the bytes
// that bindings for each of them would take. Every result goes back by `done(kind, job, ok, text)`.
import { openChannel } from "./channel.js";
import { watchPage } from "./page.js";
import { within } from "./time.js";

// The kinds of results and the reasons of failures, as results.rs counts them.
const LOCKED = 0;
const LOADED = 1;
const READ = 2;
const SWAPPED = 3;
const ANSWERED = 4;
const TICK = 5;
const HINT = 6;
const LOOK = 7;
const FAILURES = ["timeout", "offline", "QuotaExceededError", "SecurityError", "NotAllowedError"];

/**
 * What one session needs of the browser. All ways into the WebAssembly from here lead through `enter`, all requests to the
 * backend through `transport`, which is `fetch` unless the backend needs more than that. `watch` looks at the page, or at several.
 */
export function createHost(store, enter, transport = (url, init) => fetch(url, init), watch = watchPage) {
  const locks = new Map();
  // Debug builds of the bindings take no argument for granted.
  const done = (kind, job = 0, ok = true, text, status = NaN, date = NaN, retryAfter = NaN) =>
    enter(kind, job, ok, text, status, date, retryAfter);
  const tell = (kind, job, promise) =>
    promise.then(
      (result) => done(kind, job, true, ...[result].flat()),
      (error) => {
        done(kind, job, false, undefined, FAILURES.indexOf(error?.name ?? error));
        return error;
      },
    );
  let timer;
  const stopWatching = watch((visible) => done(LOOK, 0, visible));
  const channel = store.shared && openChannel(store.shared, (text) => done(HINT, 0, true, text));
  const close = () => {
    clearTimeout(timer);
    stopWatching();
    channel?.close();
  };
  return {
    lock(job, limit) {
      const waiting = new AbortController();
      const granted = store.lock(waiting.signal);
      const unlock = () => {
        waiting.abort();
        granted.then((lock) => lock.release()).catch(() => {});
      };
      locks.set(job, { granted, unlock });
      tell(LOCKED, job, within(limit, granted.then(() => {})));
    },
    unlock(job) {
      locks.get(job)?.unlock();
      locks.delete(job);
    },
    load: (job, limit) => tell(LOADED, job, within(limit, store.load())),
    read: (job, limit) => tell(READ, job, within(limit, store.load())),
    swap(job, limit, setAside, present, next) {
      // No text means that something else was there.
      const swapped = store.swap(present, next, setAside).then((swapped) => (swapped ? "" : undefined));
      tell(SWAPPED, job, within(limit, swapped));
    },
    async send(job, limit, ...request) {
      const answer = isHeld(locks.get(job)?.granted).then((held) => (held ? send(transport, ...request) : Promise.reject("lost")));
      // A request goes on after its time limit: its answer may have the only token that still works.
      if ((await tell(ANSWERED, job, within(limit, answer))) === "timeout") tell(ANSWERED, job, answer);
    },
    wake(delay, awaited) {
      clearTimeout(timer);
      if (delay < 0) return;
      timer = setTimeout(() => done(TICK), delay);
      // Node ends when it has nothing else to do.
      if (!awaited) timer.unref?.();
    },
    announce: (text) => channel?.post(text),
    close,
    /** For the end of an instance that cannot do so any more: gives back its locks, too. */
    abandon() {
      close();
      for (const { unlock } of locks.values()) unlock();
    },
  };
}

/** Whether a lock is still held: a page that was frozen may have lost it. What is sent without any lock needs none. */
async function isHeld(granted) {
  const lock = await granted?.catch(() => {});
  return !lock?.renew || lock.renew();
}

/**
 * Sends a request; resolves to body, status, date and retry-after. `keepalive` lets it outlive the page (R6); redirects
 * are not followed (Q1).
 */
async function send(transport, method, url, body, ...fields) {
  const offline = globalThis.navigator?.onLine === false;
  const headers = { accept: "application/json" };
  while (fields.length) headers[fields.shift()] = fields.shift();
  try {
    const init = { method, headers, body, redirect: "manual", cache: "no-store", keepalive: true };
    const response = await transport(url, init);
    const header = (name) => response.headers.get(name) ?? "";
    const status = response.type === "opaqueredirect" ? 0 : response.status;
    return [await response.text(), status, Date.parse(header("date")), retryAfter(header("retry-after"))];
  } catch {
    // A page is not told why. Where the browser knew itself offline beforehand, nothing has left.
    throw offline ? "offline" : "lost";
  }
}

/** Both forms of RFC 9110 section 10.2.3, as milliseconds. */
function retryAfter(value) {
  return /^\d+$/.test(value) ? value * 1000 : Math.max(Date.parse(value) - Date.now(), 0);
}
