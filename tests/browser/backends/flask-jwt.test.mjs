// Flask-JWT-Extended, with tokens in headers.
import assert from "node:assert/strict";
import test from "node:test";
import { ask, demo } from "../../servers/ask.mjs";
import { Flask } from "../../servers/handles.mjs";
import { openWorld } from "../harness.mjs";
import { pair, runCases } from "./matrix.mjs";

const world = await openWorld({ django: false });

await runCases(world, "flaskJwt", {
  start: () => Flask.start(),
  backend: (origin) => ["flaskJwt", origin],
  credentials: demo,
  resource: "/protected",
  refreshPath: "/refresh",
  tokens: async ({ origin }) => pair(await ask(`${origin}/login`, { json: demo }), ["access_token", "refresh_token"]),
  refresh: ({ origin }, bearer) => ask(`${origin}/refresh`, { method: "POST", bearer }),
  revoke: ({ origin }, { refresh }) => ask(`${origin}/logout`, { method: "DELETE", bearer: refresh }),
  rotates: false,
  badToken: 422,
  cured: false,
  reuse: { status: 200 },
  signOut: { revocation: "done", status: 401 },
});

test("a view that needs a fresh login says 401; one refresh cannot cure it, and the caller is told what does", async (t) => {
  const server = await world.keep(Flask.start());
  const page = await world.page(t);
  const answers = await page.evaluate(async (origin) => {
    const session = await start({ backend: flaskJwt(origin) });
    await session.signIn(demo);
    const use = async () => {
      const response = await session.fetch(`${origin}/fresh`);
      return [response.status, (await denialOf(response))?.kind];
    };
    const fresh = await use();
    await when(() => Date.now() > session.state.receivedAt + 1000);
    await session.refresh();
    return [fresh, await use(), session.state.status];
  }, server.origin);
  assert.deepEqual(answers, [[200, undefined], [401, "login-required"], "signed-in"]);
});
