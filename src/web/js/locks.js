// Exclusive locks: each resolves, once it is held, to an object whose `release` gives it back.

/** A tab's one session refreshes once at a time by itself. */
export async function ownLock() {
  return { release() {} };
}

/** Without Web Locks (plain-http pages, old engines) every tab holds a lock of its own. */
export function webLock(name, signal) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return ownLock();
  return new Promise((grant, refuse) => {
    const hold = () => new Promise((release) => grant({ release }));
    locks.request(name, { signal }, hold).catch(refuse);
  });
}
