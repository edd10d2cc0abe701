// @ts-check

/** How long each of several things takes, in whole milliseconds. */
export function stopwatch() {
  const begun = new Map();
  /** The time since its start; undefined without one. */
  const read = (key) => (begun.has(key) ? Math.round(performance.now() - begun.get(key)) : undefined);
  return {
    start: (key) => void begun.set(key, performance.now()),
    read,
    /** The same, once. */
    stop(key) {
      const time = read(key);
      begun.delete(key);
      return time;
    },
  };
}
