// Exclusive locks: each resolves, once it is held, to an object whose `release` gives it back. A lock that ends by itself
// has `renew`, which resolves to whether it is still held.
import { openChannel } from "./channel.js";
import { inDatabase, settled } from "./database.js";
import { STEP, lived } from "./time.js";

/** A session refreshes once at a time by itself. */
export async function ownLock() {
  return { release() {} };
}

/** The lock of this name, among all tabs of the origin. `signal` gives up the wait. */
export async function sharedLock(name, signal) {
  if (globalThis.navigator?.locks) return webLock(name, signal);
  return globalThis.indexedDB ? lease(name, signal) : ownLock();
}

function webLock(name, signal) {
  return new Promise((grant, refuse) => {
    const hold = () => new Promise((release) => grant({ release }));
    navigator.locks.request(name, { signal }, hold).catch(refuse);
  });
}

/**
 * How long a lease lasts without a sign of its holder, in milliseconds. Who takes over finds the mark of a refresh whose
 * outcome is unknown and may send the same refresh token again, so it is far more than a page in use needs for an answer
 * to "?", and half of what the machine waits for a lock, so that who waits for a page that is no more gets it.
 */
const TERM = 20 * STEP;

/**
 * Without Web Locks (plain-http pages, old engines): an entry in the database. No clock is compared with another one. Who
 * waits asks the holder in each step for a sign of life, which changes the entry: messages arrive where timers are
 * throttled. An entry that has not changed for the term belongs to a page that is frozen or gone, and is taken over. A
 * page that wakes up then may finish what it has sent, for every write is fenced (R9), and learns by `renew` that it may
 * not send any more.
 */
async function lease(name, signal) {
  const key = [name, "lease"];
  const owner = Math.random();
  const passed = lived();
  let sign;
  let silence = 0;
  const claim = (renewing) =>
    inDatabase("readwrite", async (entries) => {
      const entry = await settled(entries.get(key));
      const time = passed();
      silence = entry?.sign === sign ? silence + time : 0;
      sign = entry?.sign;
      if (renewing ? entry?.owner !== owner : entry && silence < TERM) return false;
      entries.put({ owner, sign: Math.random() }, key);
      return true;
    });
  const renew = () => claim(true);
  let held = false;
  let next;
  const channel = openChannel(`lock-${name}`, (text) => {
    if (text !== "?") next?.();
    else if (held) renew().catch(() => {});
  });
  const release = () => {
    held = false;
    channel.close();
    globalThis.removeEventListener?.("pagehide", release);
    const remove = async (entries) => {
      if ((await settled(entries.get(key)))?.owner === owner) entries.delete(key);
    };
    inDatabase("readwrite", remove).then(() => channel.post("free"), () => {});
  };
  try {
    for (;;) {
      const wait = new Promise((resolve) => (next = resolve));
      if (await claim()) break;
      signal.throwIfAborted();
      channel.post("?");
      setTimeout(next, STEP);
      await wait;
    }
  } catch (error) {
    channel.close();
    throw error;
  }
  held = true;
  globalThis.addEventListener?.("pagehide", release);
  return { release, renew };
}
