// Strict rotation, written by hand.
import { ask, demo } from "../../servers/ask.mjs";
import { Strict } from "../../servers/handles.mjs";
import { openWorld } from "../harness.mjs";
import { pair, runCases } from "./matrix.mjs";

const world = await openWorld({ django: false });

/** @type {import("./matrix.mjs").Row} */
const row = {
  start: () => Strict.start(),
  backend: (origin) => ["strictRotation", origin],
  credentials: demo,
  resource: "/api/protected",
  refreshPath: "/auth/refresh_token",
  tokens: async ({ origin }) => pair(await ask(`${origin}/auth/token`, { json: demo }), ["access_token", "refreshToken"]),
  refresh: ({ origin }, refreshToken) => ask(`${origin}/auth/refresh_token`, { json: { refreshToken } }),
  revoke: ({ origin }, { refresh }) => ask(`${origin}/auth/logout`, { json: { refreshToken: refresh } }),
  rotates: true,
  badToken: 401,
  cured: true,
  reuse: { status: 403 },
  signOut: { revocation: "not-supported", status: 200 },
};

await runCases(world, "strictRotation", row);

await runCases(world, "strictRotation that ends a family", {
  ...row,
  variant: true,
  start: () => Strict.start({ family: true }),
  reuse: { status: 403, endsSession: true },
});
