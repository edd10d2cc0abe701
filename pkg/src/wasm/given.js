// @ts-check
import { stamp } from "#stamp";
import { EvertokenError, invalidOption } from "#errors";

/**
 * Compiles the WebAssembly that the application gives.
 * @param {unknown} source
 */
export async function compileGiven(source) {
  const module = await moduleOf(typeof source === "function" ? await source() : await source);
  const [section] = WebAssembly.Module.customSections(module, "evertoken");
  if (!section || new TextDecoder().decode(section) !== stamp) throw unavailable("is not the evertoken.wasm of this version");
  return module;
}

/** By the names of types, which are the same in every realm. */
async function moduleOf(given) {
  if (ArrayBuffer.isView(given)) return WebAssembly.compile(given);
  switch (Object.prototype.toString.call(given)) {
    case "[object WebAssembly.Module]":
      return given;
    case "[object ArrayBuffer]":
      return WebAssembly.compile(given);
    case "[object Response]":
      return fromResponse(given);
    case "[object String]":
    case "[object URL]":
      return fromResponse(await fetch(given));
    default:
      throw invalidOption("wasm", "is no URL, Response, bytes or WebAssembly.Module, nor a function that gives one of these.");
  }
}

async function fromResponse(response) {
  const type = response.headers.get("content-type");
  // A page in its place, with HTTP 200, is what servers of single-page applications answer to wrong addresses.
  if (!response.ok || type?.startsWith("text/html")) throw unavailable(`comes as HTTP ${response.status} with ${type}`);
  if (type === "application/wasm") return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

function unavailable(problem) {
  return new EvertokenError("wasm-unavailable", `The WebAssembly that was given ${problem}.`);
}
