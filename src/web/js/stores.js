// Where records live. A store has `load`, which resolves to the text, `swap`, which resolves to whether `next` has taken
// the place of `present`, and `lock`, which takes the store's exclusive lock (locks.js). `shared` names a store that other
// tabs use, too. Beside records, whose keys in the database are names, lie other things under keys that are lists.
import { inDatabase, settled } from "./database.js";
import { ownLock, sharedLock } from "./locks.js";
import { STEP } from "./time.js";

/** A store of this kind, or what an application has put in its place. */
export function openStore(kind, name) {
  if (kind.load) return customStore(kind, name);
  return { indexeddb: indexedDbStore, local: localStore, session: sessionStorageStore, memory: memoryStore }[kind](name);
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
        if (setAside) records.put(stored, [name, Date.now()]);
        if (next === undefined) records.delete(name);
        else records.put(next, name);
        return true;
      }),
    lock: (signal) => sharedLock(shared, signal),
  };
}

/**
 * A store in localStorage. Other pages see a write to it late, and so does the disk (R2). So each record has a number and
 * a copy in IndexedDB, where writers take turns: who reads takes the one with the higher number. The copy it is, as a
 * rule; the item after the browser died between the two or the database was cleared. Where the item alone is gone, and
 * stays so for longer than it takes to be seen, the user has cleared it: signed out.
 */
function localStore(name) {
  const shared = `evertoken-local:${name}`;
  const key = `evertoken:${name}`;
  const copyKey = [shared, "copy"];
  const look = async (copies) => {
    const [number, copy] = (await settled(copies.get(copyKey))) ?? [0];
    const item = localStorage.getItem(key) ?? undefined;
    const [, itemNumber, record] = /^(\d+) (.*)/s.exec(item) ?? [];
    if (itemNumber > number) return { number: +itemNumber, record };
    // What somebody else has put there must not be overlooked.
    if (copy === undefined) return { number, record: itemNumber ? undefined : item };
    return { number, record: copy, cleared: item === undefined };
  };
  const signOut = async (copies) => {
    const { number, cleared } = await look(copies);
    if (cleared) copies.put([number + 1], copyKey);
  };
  const swap = (present, next, setAside) =>
    inDatabase("readwrite", async (copies) => {
      const { number, record } = await look(copies);
      if (record !== present) return false;
      if (setAside) copies.put(present, [name, Date.now()]);
      if (next === undefined) localStorage.removeItem(key);
      else localStorage.setItem(key, `${number + 1} ${next}`);
      copies.put([number + 1, next], copyKey);
      return true;
    });
  return {
    shared,
    async load() {
      for (let looks = 0; ; looks += 1) {
        const { record, cleared } = await inDatabase("readonly", look);
        if (!cleared) return record;
        if (looks === 8) await inDatabase("readwrite", signOut);
        await new Promise((resolve) => setTimeout(resolve, STEP / 4));
      }
    },
    swap,
    lock: (signal) => sharedLock(shared, signal),
  };
}

/** A store in sessionStorage, which belongs to one tab: to its frames, and to each of several sessions in a page. */
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
    lock: (signal) => sharedLock(key, signal),
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

/** A store of the application's own, `Store` in its types. What breaks the contract is a store in trouble. */
function customStore(store, name) {
  const shared = `evertoken-custom:${name}`;
  const load = async () => text((await store.load()) ?? undefined);
  return {
    shared,
    load,
    async swap(present, next, setAside) {
      const swapped = await store.swap(present, next, setAside);
      // It would be tried for ever.
      if (swapped !== true && (swapped !== false || (await load()) === present)) throw new TypeError();
      return swapped;
    },
    async lock(signal) {
      if (!store.lock) return sharedLock(shared, signal);
      const lock = await store.lock(signal);
      if (typeof lock?.release !== "function") throw new TypeError();
      return lock;
    },
  };
}

/** What somebody else has put there is no record; it is seen as text, so that it is set aside and not overlooked. */
function text(stored) {
  return stored === undefined || typeof stored === "string" ? stored : "";
}
