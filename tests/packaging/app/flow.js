// What every way to bundle the package has to run.

/** Signs in, asks for something, and signs out; `api` is the demo server. */
export async function flow({ createSession, simpleJwt, wasm }, api) {
  return through(await createSession({ backend: simpleJwt(`${api}/api/token/`), name: "flow", store: "memory", ...(wasm && { wasm }) }), api);
}

/** The same with a session that there is. */
export async function through(session, api) {
  await session.signIn({ username: "demo", password: "demo" });
  const response = await session.fetch(`${api}/api/protected/`);
  const { user } = await response.json();
  const { revocation } = await session.signOut();
  return { user, revocation, status: session.state.status };
}

/** How it ended, for the test that waits for it. */
export function report(promise) {
  const ended = (outcome) => (globalThis.outcome = outcome);
  promise.then(ended, ({ name, code, message, cause }) => ended({ name, code, message, cause: String(cause) }));
}
