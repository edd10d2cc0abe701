// @ts-check
// The entry `evertoken/slim`, without the WebAssembly: the application passes it.
import { startSession } from "#shared";
import { compileGiven } from "./wasm/given.js";
export * from "./api.js";

export async function createSession({ wasm, ...options } = {}) {
  return startSession(options, compileGiven, wasm);
}
