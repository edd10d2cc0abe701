// @ts-check
// The entry `evertoken`, with the WebAssembly inside.
import { startSession } from "#shared";
import { compileInlined } from "./wasm/inlined.js";
export * from "./api.js";

export function createSession(options) {
  return startSession(options, compileInlined);
}
