// @ts-check
import { notOneOf } from "#errors";

/** As the WebAssembly counts them. */
export const EVENTS = ["signed-in", "refreshed", "signed-out", "refresh-failed", "store-failed"];

/** Who listens to the events of a session. */
export class Listeners {
  /** @type {Map<string, Set<(event: object) => void>>} */
  #byType = new Map(["*", ...EVENTS].map((type) => [type, new Set()]));

  /** @returns {() => void} takes the listener off again */
  add(type, listener) {
    const listeners = this.#byType.get(type);
    if (listeners === undefined) throw notOneOf("type", [...this.#byType.keys()]);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  clear() {
    for (const listeners of this.#byType.values()) listeners.clear();
  }

  tell(event) {
    for (const listener of [...this.#byType.get(event.type), ...this.#byType.get("*")]) {
      // One listener's exception is its own: the others and the session go on.
      try {
        listener(event);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}
