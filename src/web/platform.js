// What the browser does for the Rust side. JavaScript calls JavaScript's own interfaces in a tenth of the bytes that
// bindings for each of them would take (measured: 9 KB of compressed WebAssembly and glue).

/** Sends a request; resolves to status, date, retry-after and body, a line each. Rejects with "offline" or "lost". */
export async function send(url, init) {
  try {
    const response = await fetch(url, JSON.parse(init));
    const header = (name) => response.headers.get(name) ?? "";
    const status = response.type === "opaqueredirect" ? 0 : response.status;
    const date = Date.parse(header("date")) || "";
    return [status, date, retryAfter(header("retry-after")), await response.text()].join("\n");
  } catch {
    // A page is not told why. While the browser knows itself offline, nothing has left.
    throw globalThis.navigator?.onLine === false ? "offline" : "lost";
  }
}

/** Both forms of RFC 9110 section 10.2.3, as milliseconds. */
function retryAfter(value) {
  const wait = /^\d+$/.test(value) ? value * 1000 : Date.parse(value) - Date.now();
  return wait >= 0 ? Math.round(wait) : "";
}

/** A store in IndexedDB, shared by the tabs of an origin; their lock is a Web Lock. */
export function indexedDbStore(name) {
  return {
    load: () => inDatabase("readonly", async (records) => text(await settled(records.get(name)))),
    swap: (present, next, setAside) =>
      inDatabase("readwrite", async (records) => {
        const stored = await settled(records.get(name));
        if (text(stored) !== present) return false;
        if (setAside) records.put(stored, `${name}:set-aside`);
        if (next === undefined) records.delete(name);
        else records.put(next, name);
        return true;
      }),
    lock: () => webLock(`evertoken:${name}`),
  };
}

/** A store in sessionStorage, which belongs to one tab. */
export function sessionStorageStore(name) {
  const key = `evertoken:${name}`;
  const storage = () => sessionStorage;
  return {
    load: named(async () => storage().getItem(key) ?? undefined),
    swap: named(async (present, next, setAside) => {
      if ((storage().getItem(key) ?? undefined) !== present) return false;
      if (setAside) storage().setItem(`${key}:set-aside`, present);
      if (next === undefined) storage().removeItem(key);
      else storage().setItem(key, next);
      return true;
    }),
    lock: ownLock,
  };
}

/** A store in the page's memory. */
export function memoryStore() {
  let stored;
  return {
    load: async () => stored,
    swap: async (present, next) => {
      if (stored !== present) return false;
      stored = next;
      return true;
    },
    lock: ownLock,
  };
}

/** A tab's one session refreshes once at a time by itself. */
function ownLock() {
  return { granted: Promise.resolve(), release() {} };
}

/** Without Web Locks (plain-http pages, old engines) every tab holds a lock of its own. */
function webLock(name) {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return ownLock();
  const controller = new AbortController();
  let release = () => controller.abort();
  const granted = new Promise((grant, refuse) => {
    const hold = () =>
      new Promise((free) => {
        release = free;
        grant();
      });
    locks.request(name, { signal: controller.signal }, hold).catch((error) => refuse(error.name));
  });
  return { granted, release: () => release() };
}

/**
 * Runs `work` in one transaction, and resolves when it is on disk. Between its requests there are promise callbacks
 * only, so it stays active. The database is opened anew each time: there are a few accesses in a token's life, and a
 * connection that is not held cannot be lost, nor block another version.
 */
const inDatabase = named(async (mode, work) => {
  const opening = indexedDB.open("evertoken", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("sessions");
  const database = await settled(opening);
  try {
    const transaction = database.transaction("sessions", mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work(transaction.objectStore("sessions"));
    await done;
    return result;
  } finally {
    database.close();
  }
});

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** What somebody else has put there is no record; it is seen as text, so that it is set aside and not overlooked. */
function text(stored) {
  return stored === undefined || typeof stored === "string" ? stored : "";
}

/** Errors cross the border by name. */
function named(work) {
  return (...args) =>
    work(...args).catch((error) => {
      throw String(error?.name);
    });
}

/**
 * Listens to the page's life (R1) and, given a name, to the other tabs (S3): calls `look(visible)` and `hint(text)`.
 * Resolves nothing; `close()` takes the listeners off again.
 */
export function connect(name, look, hint) {
  const visible = () => document.visibilityState !== "hidden";
  const targets = globalThis.document
    ? [
        [document, ["visibilitychange", "resume"]],
        [globalThis, ["pageshow", "online", "focus"]],
      ]
    : [];
  const listener = () => look(visible());
  const each = (action) => {
    for (const [target, events] of targets) for (const event of events) target[action](event, listener);
  };
  each("addEventListener");
  if (targets.length > 0 && !visible()) look(false);
  const channel = name !== undefined && globalThis.BroadcastChannel && new BroadcastChannel(`evertoken:${name}`);
  if (channel) {
    channel.onmessage = ({ data }) => hint(String(data));
    // In Node an open channel would keep the process alive.
    channel.unref?.();
  }
  return {
    announce: (text) => channel && channel.postMessage(text),
    close() {
      each("removeEventListener");
      if (channel) channel.close();
    },
  };
}
