// @ts-check
import { EvertokenError } from "#errors";

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
    // The smallest module: magic number and version.
    await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  } catch {
    // It is not about ours then.
    const message = "WebAssembly is forbidden; a Content-Security-Policy needs 'wasm-unsafe-eval' in script-src.";
    return new EvertokenError("wasm-blocked", message, { cause });
  }
  return new EvertokenError("wasm-unavailable", "The WebAssembly cannot be loaded; see `cause`.", { cause });
}
