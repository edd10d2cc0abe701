import type { DebugLines } from "../debug.js";
import type { DpopKey } from "../dpop.js";
import type { Refusal, refusal } from "./answers.js";
import type { Backend, oauth2, simpleJwt } from "./backends.js";
import type { Store } from "./stores.js";

/** What {@link createSession} takes. */
export interface SessionOptions {
  /** The token backend, made by {@link simpleJwt}, {@link oauth2} or another of their kind. */
  backend: Backend;
  /**
   * The origins that may receive the access token, as URLs; relative ones are resolved like in `fetch`. Scheme, host
   * and port are compared exactly, and other requests pass through untouched. Default: the backend's own origin.
   */
  origins?: readonly (string | URL)[] | undefined;
  /** Origins on other machines to which plain `http` is permitted. Whoever is on the way reads the tokens. */
  insecureOrigins?: readonly (string | URL)[] | undefined;
  /**
   * Where the session is kept. `"indexeddb"` (the default) is shared by all tabs of the origin. So is `"local"`,
   * localStorage: for pages where something else reads or clears it; IndexedDB is needed beside it. `"session"` is one
   * tab's sessionStorage, `"memory"` ends with the page. An object is a store of your own.
   */
  store?: "indexeddb" | "local" | "session" | "memory" | Store | undefined;
  /** Sessions with one name and store share their tokens across tabs. Default: `"default"`. */
  name?: string | undefined;
  /**
   * How long before its expiry a token is refreshed, in seconds: from 0 to 86400, and never more than half of the
   * token's lifetime. Default: 60.
   */
  refreshAhead?: number | undefined;
  /** Where the token goes in a request. Default: `Authorization: Bearer`. */
  placement?: Placement | undefined;
  /**
   * The answers that mean "this token is not accepted": statuses from 400 to 499, and answers that say so in their body, by
   * {@link refusal}. The session refreshes, and the request is sent again, once. Default: the backend's, which is `[401]`
   * unless it knows better.
   */
  refreshOn?: readonly (number | Refusal)[] | undefined;
  /**
   * Binds the tokens to a key (RFC 9449), made by `dpopKey` of `evertoken/dpop`. They go out as `Authorization: DPoP` with a
   * proof beside them, and never as `Bearer`; {@link placement} stays away.
   */
  dpop?: DpopKey | undefined;
  /**
   * Tells what the session does and why, line by line and without secrets: `debugLines()` of `evertoken/debug` writes to the
   * console, `debugLines(listener)` gives you objects.
   */
  debug?: DebugLines | undefined;
}

/** Where the token goes in a request. */
export type Placement =
  | {
      /**
       * The header's name. With any other than `Authorization` a redirect is an error, because browsers take only that
       * one off when a redirect leads elsewhere. Default: `"Authorization"`.
       */
      header?: string | undefined;
      /** What stands before the token; `""` for nothing. Default: `"Bearer"`. */
      scheme?: string | undefined;
      /** Either header or query. */
      query?: never;
    }
  | {
      /** A query parameter, for old servers. **It leaks**: URLs end in logs and histories (RFC 6750 section 5.3). */
      query: string;
      /** Either header or query. */
      header?: never;
      /** Of a header only. */
      scheme?: never;
    };
