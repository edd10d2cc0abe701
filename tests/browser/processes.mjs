// The servers that run as processes of their own. Each is ended by its handle, also when the tests fail.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const demoServer = process.env.EVERTOKEN_DEMO_SERVER ?? join(root, "target/debug/demo-server");

/** The built package. */
export const packageDirectory = process.env.EVERTOKEN_PACKAGE ?? join(root, "pkg/dist");

const PATIENCE = 60_000;

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** Starts a server that names its address in the first line it prints. */
export async function start(program, options, { environment = {}, directory = root } = {}) {
  const child = spawn(program, options, {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const lines = createInterface(child.stdout);
  const failed = once(child, "error").then(([error]) => {
    throw new Error(`cannot start ${program}: ${error.message}`);
  });
  const late = AbortSignal.timeout(PATIENCE);
  const line = await Promise.race([
    once(lines, "line", { signal: late }).then(([text]) => text),
    once(lines, "close").then(() => ""),
    failed,
  ]);
  const origin = line.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0];
  if (origin === undefined) throw new Error(`${program} did not start: it printed "${line}"`);
  return { origin, stop: () => stop(child) };
}

async function stop(child) {
  if (!running.delete(child) || child.exitCode !== null) return;
  const ended = once(child, "exit");
  // Not asked, since it might wait for requests that a test holds up.
  child.kill("SIGKILL");
  await ended;
}

/** The demo server, with the demo page unless told otherwise. */
export function startDemo({ www = join(root, "www") } = {}) {
  return start(demoServer, ["--port", "0", "--www", www, "--pkg", packageDirectory]);
}
