// The package in Node: a program ends when it is done, and not before.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import test from "node:test";
import { packageDirectory } from "./processes.mjs";
import { jwt, tokenPair } from "./servers.mjs";

/** Runs a program in a process of its own, after a sign-in; returns what it printed and how it ended. */
function run(program) {
  const address = pathToFileURL(join(packageDirectory, "evertoken.js"));
  const source = `
    import { createSession, simpleJwt } from ${JSON.stringify(address)};
    const session = await createSession({ backend: simpleJwt("https://api.example.com/"), store: "memory" });
    await session.adopt(${JSON.stringify(tokenPair())});
    ${program}`;
  const options = { encoding: "utf8", timeout: 30_000 };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", source], options);
  return { status, output: stdout + stderr };
}

test("an open session does not keep a program running", () => {
  assert.deepEqual(run(`console.log(session.state.status);`), { status: 0, output: "signed-in\n" });
});

test("without IndexedDB a session is signed out, as where a server renders a page", () => {
  const { status, output } = run(`
    const { state } = await createSession({ backend: simpleJwt("https://api.example.com/") });
    console.log(state.status);`);
  assert.deepEqual({ status, output }, { status: 0, output: "signed-out\n" });
});

test("R6: a refresh that nobody waits for is carried to its end", () => {
  const now = Math.floor(Date.now() / 1000);
  const access = jwt({ token_type: "access", iat: now - 3570, exp: now + 30 });
  const { status, output } = run(`
    const answer = Response.json(${JSON.stringify(tokenPair())});
    globalThis.fetch = () => new Promise((resolve) => setTimeout(resolve, 100, answer).unref());
    session.on("refreshed", ({ generation }) => console.log(generation));
    await session.adopt({ access: "${access}", refresh: "refresh" });`);
  assert.deepEqual({ status, output }, { status: 0, output: "2\n" });
});

test("R8: a program that waits for a token while the endpoint is down runs until it has it", () => {
  const answer = JSON.stringify(tokenPair());
  const { status, output } = run(`
    let tries = 0;
    globalThis.fetch = async () => (++tries < 2 ? new Response(null, { status: 503 }) : Response.json(${answer}));
    await session.adopt({ access: "opaque", refresh: "refresh", expiresIn: 0 });
    console.log((await session.accessToken()).length > 10, tries);`);
  assert.deepEqual({ status, output }, { status: 0, output: "true 2\n" });
});
