// Supabase Auth (GoTrue), and PostgREST behind it.
import assert from "node:assert/strict";
import test from "node:test";
import { ask } from "../../servers/ask.mjs";
import { GoTrue } from "../../servers/handles.mjs";
import { openWorld } from "../harness.mjs";
import { pair, runCases } from "./matrix.mjs";

const apikey = "anon";
const headers = { apikey };
const credentials = { email: "demo@example.com", password: "demo" };
const token = ({ origin }, grant, json) => ask(`${origin}/auth/v1/token?grant_type=${grant}`, { json, headers });

const world = await openWorld({ django: false });

/** @type {import("./matrix.mjs").Row} */
const row = {
  start: () => GoTrue.start(),
  backend: (origin) => ["supabase", `${origin}/auth/v1/`, apikey],
  credentials,
  resource: "/auth/v1/user",
  headers,
  refreshPath: "/auth/v1/token?grant_type=refresh_token",
  tokens: async (server) => pair(await token(server, "password", credentials), ["access_token", "refresh_token"], 4),
  refresh: (server, refresh_token) => token(server, "refresh_token", { refresh_token }),
  revoke: ({ origin }, { access: bearer }) => ask(`${origin}/auth/v1/logout`, { method: "POST", bearer, headers }),
  rotates: true,
  badToken: 403,
  cured: true,
  // The parent of the active token brings the active one.
  reuse: { status: 200 },
  signOut: { revocation: "done", status: 400 },
};

await runCases(world, "supabase", row);
await runCases(world, "supabase with PostgREST", { ...row, variant: true, resource: "/rest/v1/notes", badToken: 401 });

test("sign-out leaves the user's other devices signed in", async (t) => {
  const server = await world.keep(GoTrue.start());
  const elsewhere = await row.tokens(server);
  const page = await world.page(t);
  const revocation = await page.evaluate(
    async ({ origin, credentials }) => {
      const session = await start({ backend: supabase(`${origin}/auth/v1/`, "anon") });
      await session.signIn(credentials);
      return (await session.signOut()).revocation;
    },
    { origin: server.origin, credentials },
  );
  assert.equal(revocation, "done");
  assert.equal((await row.refresh(server, elsewhere.refresh)).status, 200);
});
