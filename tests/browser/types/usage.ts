// Compiled, never run: what users write must type-check, and what they must not write must not.
import { createSession, customBackend, denialOf, discover, EvertokenError, flaskJwt, flaskJwtCookies, oauth2, refusal, simpleJwt, slidingJwt, strictRotation, supabase } from "evertoken";
import { type DebugLine, debugLines } from "evertoken/debug";
import { dpopKey } from "evertoken/dpop";
import { createSession as createIsolatedSession } from "evertoken/isolated";
import { serveSession } from "evertoken/worker";
import type { Backend, BackendDescription, ErrorCode, Session, SessionEvents, SessionState, Store, StoreLock } from "evertoken";

export async function everything(): Promise<string> {
  await using session = await createSession({
    backend: simpleJwt(new URL("https://api.example.com/api/token/")),
    origins: ["https://api.example.com", new URL("/api/", "https://other.example.com")],
    insecureOrigins: ["http://intranet.example"],
    store: "session",
    name: "admin",
    refreshAhead: 30,
    placement: { header: "X-Token", scheme: "" },
    refreshOn: [401, refusal({ status: 200, at: "code", is: [1001, "expired"] }), (response) => response.status === 419],
  });
  await session.signIn({ username: "demo", password: "secret", remember: true });
  await session.adopt({ access: "opaque", expiresIn: 60 });
  const { fetch } = session;
  const response: Response = await fetch(new Request("/api/"), { signal: AbortSignal.timeout(1000) });
  const off: () => void = session.on("signed-out", ({ reason }) => void (reason === "interrupted"));
  session.on("*", (event) => void (event.type === "signed-out" ? event.reason : event.type satisfies keyof SessionEvents));
  session.on("refresh-failed", ({ error, retryAt }) => void [error.code satisfies ErrorCode, new Date(retryAt)]);
  off();
  const state: SessionState = session.state;
  if (state.status === "signed-in") void [state.generation + 1, state.expiresAt ?? Infinity, state.claims?.["sub"]];
  const { revocation, error } = await session.signOut();
  if (revocation === "failed") throw new EvertokenError("unavailable", "not revoked", { cause: error });
  session.close();
  return `${response.status} ${await session.accessToken()}`;
}

/** Lists that cannot be changed, the second placement, and every way to name an endpoint. */
export function configured(): Promise<Session> {
  const options = { origins: ["https://api.example.com"], refreshOn: [401] } as const;
  const tokenEndpoint = new URL("https://as.example.com/token");
  const backend = oauth2({ tokenEndpoint, clientId: "app", revocationEndpoint: "https://as.example.com/revoke" });
  return createSession({ ...options, backend, placement: { query: "token" } });
}

/** Options that are there or not, credentials of a type of their own, and an answer's members as OAuth 2.0 has them. */
export async function optional(
  isDevelopment: boolean,
  credentials: Credentials,
  answer: { access_token: string; refresh_token?: string; expires_in?: number; id_token?: string },
): Promise<Session> {
  const debug = isDevelopment ? debugLines() : undefined;
  const store = isDevelopment ? "memory" : undefined;
  const scope = isDevelopment ? "debug" : undefined;
  const backend = oauth2({ tokenEndpoint: "https://as.example.com/token", clientId: "app", scope, resource: ["urn:a"] as const });
  const session = await createSession({ backend, debug, store });
  await session.signIn(credentials);
  const { access_token: access, refresh_token: refresh, expires_in: expiresIn, id_token: idToken } = answer;
  await session.adopt({ access, refresh, expiresIn, idToken });
  const { state } = session;
  // @ts-expect-error it is there, and may be undefined
  if (state.status === "signed-in" && "expiresAt" in state) void state.expiresAt.toFixed();
  return session;
}

interface Credentials {
  username: string;
  password: string;
}

/** A store of one's own, with a lock and without. */
export function stored(entries: Map<string, string>, locks: LockManager): Promise<Session>[] {
  const store: Store = {
    load: async () => entries.get("session"),
    async swap(present, next, setAside) {
      if (entries.get("session") !== present) return false;
      if (setAside && present !== undefined) entries.set("aside", present);
      if (next === undefined) entries.delete("session");
      else entries.set("session", next);
      return true;
    },
  };
  const lock = (signal: AbortSignal) =>
    new Promise<StoreLock>((grant, refuse) => {
      const hold = () => new Promise<void>((release) => grant({ release }));
      locks.request("session", { signal }, hold).catch(refuse);
    });
  const backend = simpleJwt("/api/token/");
  return [createSession({ backend, store }), createSession({ backend, store: { ...store, lock } })];
}

/** A key of one's own, and the login that takes part in it. */
export async function bound(keyPair: CryptoKeyPair, body: URLSearchParams): Promise<Session> {
  const tokenEndpoint = "https://as.example.com/token";
  const dpop = await dpopKey({ name: "admin", keyPair });
  const answer = await dpop.fetch(tokenEndpoint, { method: "POST", body });
  const proof: string = await dpop.proof({ method: "GET", url: new URL("/me", tokenEndpoint), nonce: "n", accessToken: "a" });
  void [answer.status, proof, dpop.thumbprint.length];
  return createSession({ backend: oauth2({ tokenEndpoint, clientId: "app" }), dpop });
}

/** Anything that takes a `fetch` takes the session's. */
export const client: { fetch: typeof globalThis.fetch } = { fetch: (await configured()).fetch };

export async function denied(response: Response): Promise<string | number | undefined> {
  const denial = await denialOf(response);
  switch (denial?.kind) {
    case "insufficient-scope":
      return denial.scope;
    case "login-required":
      return denial.acrValues ?? denial.maxAge;
    default:
      return denial?.kind satisfies "account-inactive" | undefined;
  }
}

export function explain(thrown: unknown): string {
  if (!(thrown instanceof EvertokenError)) return "not ours";
  switch (thrown.code) {
    case "unavailable":
      return `again in ${thrown.retryAfter ?? 1} s, because of ${String(thrown.cause)}`;
    case "crashed":
    case "wasm-blocked":
    case "wasm-unavailable":
      return thrown.message;
    default:
      return thrown.name satisfies "EvertokenError";
  }
}

/** Lines are told apart by what they are about. */
export function debugged(report: DebugLine[]): Promise<Session>[] {
  const backend = simpleJwt("/api/token/");
  const listener = (line: DebugLine) => {
    report.push(line);
    if (line.what === "request") void [line.url.length, line.status ?? line.failure satisfies string | undefined, line.generation + 1];
    if (line.what === "lock-held") void (line.at + line.waited);
    if (line.what === "store-written") void [line.session satisfies string | undefined, line.pending satisfies true | undefined];
    // @ts-expect-error nobody waits for what is given back
    if (line.what === "lock-released") void line.waited;
  };
  return [createSession({ backend, debug: debugLines() }), createSession({ backend, debug: debugLines(listener) })];
}

export function mistakes(session: Session, error: EvertokenError): unknown[] {
  return [
    // @ts-expect-error a client id is needed
    oauth2({ tokenEndpoint: "https://as.example.com/token" }),
    // @ts-expect-error no such store
    createSession({ backend: simpleJwt("https://a.example/"), store: "cookie" }),
    // @ts-expect-error a backend is made by a function of the package
    createSession({ backend: { type: "simpleJwt", url: "https://a.example/" } }),
    // @ts-expect-error the option is called refreshAhead
    createSession({ backend: simpleJwt("https://a.example/"), refreshahead: 60 }),
    // @ts-expect-error seconds, as a number
    createSession({ backend: simpleJwt("https://a.example/"), refreshAhead: "60" }),
    // @ts-expect-error one place for the token
    createSession({ backend: simpleJwt("https://a.example/"), placement: { header: "X-Token", query: "token" } }),
    // @ts-expect-error statuses are numbers
    createSession({ backend: simpleJwt("https://a.example/"), refreshOn: ["401"] }),
    // @ts-expect-error a body says something at a path
    refusal({ status: 403, is: "expired" }),
    // @ts-expect-error a key is made by dpopKey
    createSession({ backend: simpleJwt("https://a.example/"), dpop: true }),
    // @ts-expect-error lines are made by debugLines
    createSession({ backend: simpleJwt("https://a.example/"), debug: console.log }),
    // @ts-expect-error origins are a list
    createSession({ backend: simpleJwt("https://a.example/"), origins: "https://a.example" }),
    // @ts-expect-error a backend is needed
    createSession({}),
    // @ts-expect-error an address is needed
    simpleJwt(undefined),
    // @ts-expect-error an access token is needed
    session.adopt({ refresh: "refresh" }),
    // @ts-expect-error credentials are an object
    session.signIn("demo", "secret"),
    // @ts-expect-error no such event
    session.on("expired", () => {}),
    // @ts-expect-error an event of any type is known by its type first
    session.on("*", ({ reason }) => reason),
    // @ts-expect-error an event of another type has no reason
    session.on("refreshed", ({ reason }) => reason),
    // @ts-expect-error signed-out sessions have no generation
    session.state.generation,
    // @ts-expect-error the state is looked at, not set
    (session.state = { status: "signed-out" }),
    // @ts-expect-error no such code
    error.code === "expired",
  ];
}

/** Every backend that has a name. */
export const backends: Backend[] = [
  simpleJwt("https://api.example.com/api/sliding/", { sliding: true }),
  oauth2({ tokenEndpoint: "https://id.example.com/token", clientId: "app", scope: "a b", resource: ["urn:a"], parameters: { audience: "x" } }),
  flaskJwt("https://api.example.com/"),
  flaskJwtCookies("https://api.example.com/"),
  supabase("https://project.supabase.co/auth/v1/", "public-key"),
  slidingJwt(new URL("https://api.example.com/")),
  strictRotation("https://api.example.com/"),
];

/** Backends that have none. */
export const described: BackendDescription = {
  url: "https://api.example.com/auth/",
  answer: { access: "data.token", success: { at: "code", is: 0 } },
  signIn: async ({ username }, send) => {
    const response = await send("login", { method: "POST", body: JSON.stringify({ username }) });
    return response.ok ? { access: await response.text(), expiresIn: 60 } : "rejected";
  },
  refresh: {
    method: "PUT",
    path: "refresh",
    form: { token: "{refresh}" },
    answer: { rejected: [401, { status: [400, 403], at: "code", is: ["dead", 7] }, { status: 410, anyBody: true }] },
  },
  signOut: async ({ refresh }, send) => void (await send(`logout?token=${refresh}`)),
  cookies: { access: true, csrf: { header: "X-CSRF-TOKEN", access: "csrf_access", refresh: "csrf_refresh" }, expires: "access_ends" },
};
void customBackend(described);

// @ts-expect-error: a backend without a refresh keeps no session alive
void customBackend({ url: "https://api.example.com/auth/" });
// @ts-expect-error: whoever takes any body cannot look into it
void ({ ...described, answer: { rejected: [{ status: 401, anyBody: true, at: "code" }] } } satisfies BackendDescription);

/** What an issuer says about itself. */
export async function discovered(): Promise<string | undefined> {
  const backend = oauth2({ ...(await discover(new URL("https://id.example.com"))), clientId: "app" });
  const session = await createSession({ backend });
  await session.adopt({ access: "opaque", idToken: "header.claims.signature" });
  return session.idToken;
}

/** A session in a worker is a session. */
export async function isolated(): Promise<Session> {
  const address = new URL("https://app.example.com/session-worker.js");
  const worker = "SharedWorker" in globalThis ? new SharedWorker(address, { type: "module" }) : new Worker(address, { type: "module" });
  const session = await createIsolatedSession({ worker });
  // @ts-expect-error no token enters the page
  const token: string = (await session.accessToken()).trim();
  void token;
  return session;
}

/** What the worker does. */
export function served(): void {
  const backend = simpleJwt("https://api.example.com/api/token/");
  serveSession({ backend, store: "memory" });
  serveSession({ backend, store: undefined });
  serveSession(async () => ({ backend, dpop: await dpopKey() }));
  // @ts-expect-error a worker has no localStorage
  serveSession({ backend, store: "local" });
}
