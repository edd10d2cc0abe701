// Compiled, never run: what users write must type-check, and what they must not write must not.
import { createSession, EvertokenError, oauth2, simpleJwt, type ErrorCode, type SessionState } from "evertoken";

export async function everything(): Promise<string> {
  await using session = await createSession({
    backend: simpleJwt(new URL("https://api.example.com/api/token/")),
    origins: ["https://api.example.com", new URL("/api/", "https://other.example.com")],
    insecureOrigins: ["http://intranet.example"],
    store: "session",
    name: "admin",
    refreshAhead: 30,
    placement: { header: "X-Token", scheme: "" },
    refreshOn: [401, 403],
  });
  await session.signIn({ username: "demo", password: "secret", remember: true });
  await session.adopt({ access: "opaque", expiresIn: 60 });
  const { fetch } = session;
  const response: Response = await fetch(new Request("/api/"), { signal: AbortSignal.timeout(1000) });
  const off: () => void = session.on("signed-out", ({ reason }) => void (reason === "interrupted"));
  session.on("refresh-failed", ({ error, retryAt }) => void [error.code satisfies ErrorCode, new Date(retryAt)]);
  off();
  const state: SessionState = session.state;
  if (state.status === "signed-in") void [state.generation + 1, state.expiresAt ?? Infinity, state.claims?.["sub"]];
  const { revocation, error } = await session.signOut();
  if (revocation === "failed") throw new EvertokenError("unavailable", "not revoked", { cause: error });
  session.close();
  return `${response.status} ${await session.accessToken()}`;
}

export function mistakes(): unknown[] {
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
    // @ts-expect-error no such event
    createSession({ backend: simpleJwt("https://a.example/") }).then((session) => session.on("expired", () => {})),
    // @ts-expect-error signed-out sessions have no generation
    createSession({ backend: simpleJwt("https://a.example/") }).then((session) => session.state.generation),
  ];
}
