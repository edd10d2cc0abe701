// @ts-check
import { EvertokenError } from "../errors.js";

/** The smallest module: magic number and version. */
const SMALLEST = [0, 97, 115, 109, 1, 0, 0, 0];

/** What has been compiled or is being, by its source, for all sessions. */
const modules = new Map();

/**
 * The WebAssembly of this source, compiled once; after a failure the next call tries again.
 * @param {(source?: any) => Promise<WebAssembly.Module>} read
 * @param {unknown} [source]
 * @returns {Promise<WebAssembly.Module>}
 */
export function compile(read, source = read) {
  if (!modules.has(source)) {
    const compiling = read(source).catch(async (cause) => {
      modules.delete(source);
      throw cause instanceof EvertokenError ? cause : await explained(cause);
    });
    modules.set(source, compiling);
  }
  return modules.get(source);
}

/** @param {unknown} cause */
async function explained(cause) {
  try {
    await WebAssembly.compile(Uint8Array.from(SMALLEST));
  } catch {
    // It is not about ours then.
    const message =
      "WebAssembly is forbidden here. A Content-Security-Policy allows it by 'wasm-unsafe-eval' in its script-src directive.";
    return new EvertokenError("wasm-blocked", message, { cause });
  }
  return new EvertokenError("wasm-unavailable", "The WebAssembly cannot be loaded or compiled: see `cause`.", { cause });
}
