// Time limits.

/** Time limits are looked at in steps this long, in milliseconds. */
export const STEP = 1000;

/**
 * A clock of time really lived through: each call returns the milliseconds since the one before. A page that was frozen
 * has lived through a few steps at most; one that is hidden, where timers may come once a minute, is not held up by much.
 */
export function lived() {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return Math.min(last - before, 5 * STEP);
  };
}

/**
 * Rejects with "timeout" once `limit` milliseconds have been lived through, and one step more: when a page wakes, its
 * timers run before it sees the answer that arrived meanwhile.
 */
export function within(limit, promise) {
  const passed = lived();
  return new Promise((resolve, reject) => {
    let timer;
    const step = () => {
      if (limit <= 0) return reject("timeout");
      limit -= passed();
      timer = setTimeout(step, STEP);
    };
    step();
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
