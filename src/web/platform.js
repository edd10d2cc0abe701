// What the browser does for the Rust side: JavaScript calls JavaScript's own interfaces in a fraction of the bytes
// that bindings for each of them would take. Every result goes back by `done(kind, job, ok, text)`.

// The kinds, in the order of `Kind` in host.rs.
const [LOCKED, LOADED, READ, SWAPPED, ANSWERED, TICK, HINT, LOOK, EVENTS] = Array(9).keys();

/**
 * Time limits count in steps this long, in milliseconds: a page that was frozen has lived through one step at most,
 * and finds the answer that arrived meanwhile.
 */
const STEP = 1000;

/**
 * What one session needs of the browser; `name` is set where the store is shared with other tabs. All ways into the
 * WebAssembly from here lead through `enter`: a trap in there, after which nothing in the instance can be relied on, is
 * told to `crashed`.
 */
export function createHost(store, name, enter, crashed) {
  const locks = new Map();
  // Debug builds of the bindings take no argument for granted.
  const done = (kind, job = 0, ok = true, text) => {
    try {
      enter(kind, job, ok, text);
    } catch (trap) {
      if (!crashed) throw trap;
      crashed(trap);
    }
  };
  let timer;
  const tell = (kind, job, promise) => {
    promise.then(
      (text) => done(kind, job, true, text),
      (error) => done(kind, job, false, error?.name ?? String(error)),
    );
  };
  const connection = connect(
    name,
    (visible) => done(LOOK, 0, visible),
    (text) => done(HINT, 0, true, text),
  );
  return {
    lock(job, limit) {
      const lock = store.lock();
      locks.set(job, lock);
      tell(LOCKED, job, within(limit, lock.granted));
    },
    unlock(job) {
      locks.get(job)?.release();
      locks.delete(job);
    },
    load: (job) => tell(LOADED, job, store.load()),
    read: (job) => tell(READ, job, store.load()),
    swap: (job, present, next, setAside) => tell(SWAPPED, job, store.swap(present, next, setAside)),
    send: (job, limit, url, init) => tell(ANSWERED, job, within(limit, send(url, init))),
    wake(delay) {
      clearTimeout(timer);
      if (delay >= 0) timer = setTimeout(() => done(TICK), delay);
    },
    later: () => queueMicrotask(() => done(EVENTS)),
    announce: connection.announce,
    close() {
      clearTimeout(timer);
      connection.close();
    },
  };
}

function within(limit, promise) {
  let left = limit;
  return new Promise((resolve, reject) => {
    const steps = setInterval(() => {
      if ((left -= STEP) > 0) return;
      clearInterval(steps);
      reject("timeout");
    }, STEP);
    promise.then(resolve, reject).finally(() => clearInterval(steps));
  });
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

/** A store: `load` resolves to the text, `swap` to a text if it replaced `present`, `lock` is exclusive. */
export function openStore(kind, name) {
  return { indexeddb: indexedDbStore, session: sessionStorageStore, memory: memoryStore }[kind](name);
}

/** A store in IndexedDB, shared by the tabs of an origin; their lock is a Web Lock. */
function indexedDbStore(name) {
  return {
    load: () => inDatabase("readonly", async (records) => text(await settled(records.get(name)))),
    swap: (present, next, setAside) =>
      inDatabase("readwrite", async (records) => {
        const stored = await settled(records.get(name));
        if (text(stored) !== present) return;
        if (setAside) records.put(stored, `${name}:set-aside`);
        if (next === undefined) records.delete(name);
        else records.put(next, name);
        return "";
      }),
    lock: () => webLock(`evertoken:${name}`),
  };
}

/** A store in sessionStorage, which belongs to one tab. */
function sessionStorageStore(name) {
  const key = `evertoken:${name}`;
  const load = () => sessionStorage.getItem(key) ?? undefined;
  return {
    load: async () => load(),
    async swap(present, next, setAside) {
      if (load() !== present) return;
      if (setAside) sessionStorage.setItem(`${key}:set-aside`, present);
      if (next === undefined) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, next);
      return "";
    },
    lock: ownLock,
  };
}

/** A store in the page's memory. */
function memoryStore() {
  let stored;
  return {
    load: async () => stored,
    async swap(present, next) {
      if (stored !== present) return;
      stored = next;
      return "";
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
  if (!locks) return ownLock();
  const controller = new AbortController();
  let release = () => controller.abort();
  const granted = new Promise((grant, refuse) => {
    const hold = () =>
      new Promise((free) => {
        release = free;
        grant();
      });
    locks.request(name, { signal: controller.signal }, hold).catch(refuse);
  });
  return { granted, release: () => release() };
}

/**
 * Runs `work` in one transaction, and resolves when it is on disk. Between its requests there are promise callbacks
 * only, so it stays active. The database is opened anew each time: there are a few accesses in a token's life, and a
 * connection that is not held cannot be lost, nor block another version.
 */
async function inDatabase(mode, work) {
  const opening = indexedDB.open("evertoken", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("sessions");
  const database = await settled(opening);
  try {
    const transaction = database.transaction("sessions", mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([work(transaction.objectStore("sessions")), done]);
    return result;
  } finally {
    database.close();
  }
}

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

/** Listens to the page's life (R1) and, given a name, to the other tabs (S3). */
function connect(name, look, hint) {
  const page = globalThis.document;
  const visible = () => page.visibilityState !== "hidden";
  const targets = page && [
    [page, ["visibilitychange", "resume"]],
    [globalThis, ["pageshow", "online", "focus"]],
  ];
  const listener = () => look(visible());
  const each = (action) => targets?.forEach(([target, events]) => events.forEach((event) => target[action](event, listener)));
  each("addEventListener");
  // A page that starts hidden stays quiet.
  if (page && !visible()) queueMicrotask(listener);
  let channel;
  if (name !== undefined && globalThis.BroadcastChannel) {
    try {
      channel = new BroadcastChannel(`evertoken:${name}`);
    } catch {
      // Where storage is forbidden this may be, too: the record alone tells the tabs then.
    }
  }
  if (channel) {
    channel.onmessage = ({ data }) => hint(String(data));
    // In Node an open channel would keep the process alive.
    channel.unref?.();
  }
  return {
    // A refresh that was under way when the session was closed still has something to tell, and nobody to tell it to:
    // posting into a closed channel would throw.
    announce: (text) => channel?.postMessage(text),
    close() {
      each("removeEventListener");
      channel?.close();
      channel = undefined;
    },
  };
}
