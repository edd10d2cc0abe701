// @ts-check
// What a session asks of the browser and what comes back, as lines beside it.
import { watchEndpoint } from "./endpoint.js";
import { watchLock } from "./lock.js";
import { watchPage } from "./page.js";
import { watchSession } from "./session.js";
import { watchStore } from "./store.js";

/**
 * Notes about calls into the host, by their name, and about results from it, by their kind; what a note returns is run when the
 * session has dealt with the result.
 * @typedef {{ calls: Record<string, Function>, results: Record<number, (job: number, ok: boolean, text: string | undefined,
 *   status: number, date: number, retryAfter: number) => void | (() => void)> }} Notes
 */

/**
 * @param {Function} createHost of `src/web/js/host.js`
 * @param {import("./lines.js").Tell} tell
 */
export function watchHost(createHost, tell) {
  return (store, enter, transport) => {
    /** The session that the store was last seen to hold. */
    let session;
    const tellOfSession = (what, particulars) => tell(what, { session, ...particulars });
    const notes = [
      watchStore(tellOfSession, (seen) => (session = seen)),
      ...[watchSession, watchLock, watchEndpoint, watchPage].map((watch) => watch(tellOfSession)),
    ];
    const calls = Object.assign({}, ...notes.map(({ calls }) => calls));
    const results = Object.assign({}, ...notes.map(({ results }) => results));
    const host = createHost(
      store,
      (kind, ...result) => {
        const afterwards = results[kind]?.(...result);
        enter(kind, ...result);
        afterwards?.();
      },
      transport,
    );
    const watched = { ...host };
    for (const name of Object.keys(calls)) {
      watched[name] = (...values) => {
        calls[name](...values);
        return host[name]?.(...values);
      };
    }
    return watched;
  };
}
