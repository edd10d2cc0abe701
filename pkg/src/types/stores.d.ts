/**
 * A store of your own. It keeps one text; what is in it is the session's business, and as secret as its tokens. A method
 * that rejects, or that breaks its word, is a store in trouble: the session goes on in memory and says so in the event
 * `"store-failed"`. Every call but `lock` has 5 seconds.
 *
 * @example
 * ```js
 * const store = {
 *   load: () => database.get("session"),
 *   swap: (present, next) => database.transaction(async (entries) => {
 *     if ((await entries.get("session")) !== present) return false;
 *     await (next === undefined ? entries.delete("session") : entries.put("session", next));
 *     return true;
 *   }),
 * };
 * const session = await createSession({ backend: simpleJwt("https://api.example.com/api/token/"), store });
 * ```
 */
export interface Store {
  /** Resolves to the text, or to nothing. Under the lock it must show what the last `swap` of anybody has put there. */
  load(): Promise<string | null | undefined>;
  /**
   * Compares and sets: if the text is `present`, puts `next` in its place and resolves to `true` once that is durable;
   * otherwise changes nothing and resolves to `false`. No other writer may come in between. `undefined` is no text.
   *
   * @param setAside is `true` when `present` is no record of this version. Keep it somewhere else then, or it is lost.
   */
  swap(present: string | undefined, next: string | undefined, setAside: boolean): Promise<boolean>;
  /**
   * Takes an exclusive lock, which is held for one refresh, and resolves when it is held; `signal` gives up the wait.
   * Without this method the tabs of an origin take turns by themselves. Contexts of several origins or machines that
   * share the store need it.
   */
  lock?(signal: AbortSignal): Promise<StoreLock>;
}

/** A lock that is held. */
export interface StoreLock {
  /** Gives it back. */
  release(): void;
  /**
   * For a lock that ends by itself: resolves to whether it is still held, and holds it for longer. It is called right
   * before a refresh token is sent.
   */
  renew?(): Promise<boolean>;
}
