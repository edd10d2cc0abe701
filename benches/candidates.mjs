// Who is measured. `clients/NAME.js` exports `adopt(pair, api)`, which keeps a pair as an app does after its login, and
// `start({ api, ahead })`, which opens the kept session: `fetch(path)` resolves with `{ status, json() }`, `close()` ends it.

/**
 * `of`: the package whose version is told. `worker`: the name of its worker's script, and `stubbed: false` where no stub in the
 * page takes the place of its network. `lifetime`: the seconds that an access token lives in the steady state, where
 * that is not what all others get.
 * @type {{ name: string, label: string, of?: string, worker?: string, stubbed?: boolean, refreshes?: boolean, lifetime?: number }[]}
 */
export const CANDIDATES = [
  { name: "bare", label: "bare fetch", refreshes: false, lifetime: 3600 },
  { name: "evertoken", label: "**evertoken**" },
  { name: "evertoken-worker", label: "**evertoken**, in a worker", worker: "evertoken-worker.worker", stubbed: false },
  { name: "exp-wrapper", label: "fetch, `exp` checked (tutorials)" },
  { name: "axios-interceptor", label: "axios, interceptor (tutorials)", of: "axios" },
  { name: "axios-interceptor-shared", label: "axios, interceptor, shared refresh", of: "axios" },
  { name: "axios-auth-refresh", label: "axios-auth-refresh", of: "axios-auth-refresh" },
  { name: "axios-jwt", label: "axios-jwt", of: "axios-jwt" },
  { name: "ky", label: "ky with hooks", of: "ky" },
  { name: "badgateway", label: "@badgateway/oauth2-client", of: "@badgateway/oauth2-client" },
  { name: "oidc-client-ts", label: "oidc-client-ts", of: "oidc-client-ts" },
  // It looks every 30 s whether less than two minutes are left.
  { name: "supabase", label: "@supabase/auth-js", of: "@supabase/auth-js", lifetime: 125 },
];

export const REFRESHING = CANDIDATES.filter(({ refreshes = true }) => refreshes);

/** The list, begun one further on in each round: nobody always goes first. */
export function rotated(list, round) {
  const start = round % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
