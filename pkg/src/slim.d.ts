/**
 * evertoken without the WebAssembly inside: the application passes it, so that it is compiled while it arrives and cached by
 * itself. Everything else is as in `evertoken`.
 *
 * @packageDocumentation
 */
import type { SessionOptions } from "./types/options.js";
import type { Session } from "./types/session.js";

export * from "./types/api.js";

declare global {
  // For programs without the library `dom`, as for Node; with it this says nothing new.
  namespace WebAssembly {
    /** WebAssembly that has been compiled. */
    interface Module {}
  }
}

/** What can be read as WebAssembly: an address that is fetched, an answer, its bytes, or the compiled module. */
export type WasmInput = string | URL | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module;

/** One of them, or what gives one. */
export type WasmSource = WasmInput | Promise<WasmInput> | (() => WasmInput | Promise<WasmInput>);

/** What `createSession` takes. */
export interface SlimSessionOptions extends SessionOptions {
  /**
   * `evertoken/evertoken.wasm` of the same version, by its address or in any of the other forms; or a function that gives it,
   * which is called for the first session, and again after a failure. It is compiled once for all sessions that name the same value.
   */
  wasm: WasmSource;
}

/**
 * As `createSession` of `evertoken`, with the WebAssembly that is passed; it waits for it.
 *
 * @throws `EvertokenError` as there; `wasm-unavailable` when the WebAssembly cannot be had or is that of another version.
 *
 * @example
 * ```js
 * import wasm from "evertoken/evertoken.wasm?url"; // as Vite says it
 * const session = await createSession({ wasm, backend: simpleJwt("https://api.example.com/api/token/") });
 * ```
 */
export function createSession(options: SlimSessionOptions): Promise<Session>;
