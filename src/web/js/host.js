// What the browser does for the Rust side: JavaScript calls JavaScript's own interfaces in a fraction of the bytes
// that bindings for each of them would take. Every result goes back by `done(kind, job, ok, text)`.
import { openChannel } from "./channel.js";
import { watchPage } from "./page.js";
import { within } from "./time.js";

// The kinds, in the order of `Kind` in host.rs.
const [LOCKED, LOADED, READ, SWAPPED, ANSWERED, TICK, HINT, LOOK, EVENTS] = Array(9).keys();

/**
 * What one session needs of the browser. All ways into the WebAssembly from here lead through `enter`: a trap in there,
 * after which nothing in the instance can be relied on, is told to `crashed`.
 */
export function createHost(store, enter, crashed) {
  const unlocks = new Map();
  // Debug builds of the bindings take no argument for granted.
  const done = (kind, job = 0, ok = true, text) => {
    try {
      enter(kind, job, ok, text);
    } catch (trap) {
      // Nobody gives them back any more.
      for (const unlock of unlocks.values()) unlock();
      if (!crashed) throw trap;
      crashed(trap);
    }
  };
  const tell = (kind, job, promise) =>
    promise.then(
      (text) => done(kind, job, true, text),
      (error) => {
        done(kind, job, false, error?.name ?? String(error));
        return error;
      },
    );
  let timer;
  const stopWatching = watchPage((visible) => done(LOOK, 0, visible));
  const channel = store.shared && openChannel(store.shared, (text) => done(HINT, 0, true, text));
  return {
    lock(job, limit) {
      const waiting = new AbortController();
      const lock = store.lock(waiting.signal);
      unlocks.set(job, () => {
        waiting.abort();
        lock.then(({ release }) => release()).catch(() => {});
      });
      tell(LOCKED, job, within(limit, lock.then(() => {})));
    },
    unlock(job) {
      unlocks.get(job)?.();
      unlocks.delete(job);
    },
    load: (job, limit) => tell(LOADED, job, within(limit, store.load())),
    read: (job, limit) => tell(READ, job, within(limit, store.load())),
    swap(job, limit, present, next, setAside) {
      // No text means that something else was there.
      const swapped = store.swap(present, next, setAside).then((swapped) => (swapped ? "" : undefined));
      tell(SWAPPED, job, within(limit, swapped));
    },
    async send(job, limit, url, init) {
      const answer = send(url, init);
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
    later: () => queueMicrotask(() => done(EVENTS)),
    announce: (text) => channel?.post(text),
    close() {
      clearTimeout(timer);
      stopWatching();
      channel?.close();
    },
  };
}

/** Sends a request; resolves to status, date, retry-after and body, as JSON. */
async function send(url, init) {
  const offline = globalThis.navigator?.onLine === false;
  try {
    const response = await fetch(url, JSON.parse(init));
    const header = (name) => response.headers.get(name) ?? "";
    return JSON.stringify({
      status: response.type === "opaqueredirect" ? 0 : response.status,
      date: Date.parse(header("date")),
      retryAfter: retryAfter(header("retry-after")),
      body: await response.text(),
    });
  } catch {
    // A page is not told why. Where the browser knew itself offline beforehand, nothing has left.
    throw offline ? "offline" : "lost";
  }
}

/** Both forms of RFC 9110 section 10.2.3, as milliseconds. */
function retryAfter(value) {
  return /^\d+$/.test(value) ? value * 1000 : Math.max(Date.parse(value) - Date.now(), 0);
}
