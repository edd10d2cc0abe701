// Where records live. A store has `load`, which resolves to the text, `swap`, which resolves to whether `next` has taken
// the place of `present`, and `lock`, which takes the store's exclusive lock. `shared` names a store that other tabs use,
// too.
import { inDatabase, settled } from "./database.js";
import { ownLock, webLock } from "./locks.js";

export function openStore(kind, name) {
  return { indexeddb: indexedDbStore, session: sessionStorageStore, memory: memoryStore }[kind](name);
}

/** A store in IndexedDB, shared by the tabs of an origin. */
function indexedDbStore(name) {
  const shared = `evertoken:${name}`;
  return {
    shared,
    load: () => inDatabase("readonly", async (records) => text(await settled(records.get(name)))),
    swap: (present, next, setAside) =>
      inDatabase("readwrite", async (records) => {
        const stored = await settled(records.get(name));
        if (text(stored) !== present) return false;
        // A name is a text, so it cannot be this key.
        if (setAside) records.put(stored, [name, Date.now()]);
        if (next === undefined) records.delete(name);
        else records.put(next, name);
        return true;
      }),
    lock: (signal) => webLock(shared, signal),
  };
}

/** A store in sessionStorage, which belongs to one tab. */
function sessionStorageStore(name) {
  const key = `evertoken:${name}`;
  const load = () => sessionStorage.getItem(key) ?? undefined;
  return {
    load: async () => load(),
    async swap(present, next, setAside) {
      if (load() !== present) return false;
      if (setAside) sessionStorage.setItem(`evertoken-aside:${Date.now()}:${name}`, present);
      if (next === undefined) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, next);
      return true;
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
      if (stored !== present) return false;
      stored = next;
      return true;
    },
    lock: ownLock,
  };
}

/** What somebody else has put there is no record; it is seen as text, so that it is set aside and not overlooked. */
function text(stored) {
  return stored === undefined || typeof stored === "string" ? stored : "";
}
