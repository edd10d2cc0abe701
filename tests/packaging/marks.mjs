// Pieces of the package by which they are found in what bundlers make of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installed, texts } from "./project.mjs";

const read = (file) => readFileSync(join(installed, "dist", file), "latin1");

/** Of the inlined WebAssembly: some characters that stand as they are in any kind of quotes. */
const inlined = read("evertoken.js").match(/[^\s"'`$\\]{40}/g).at(5);
/** Of WebAssembly as it is. */
const raw = read("evertoken.wasm").slice(0, 64);

/** Of backends that the application does not use. */
const BACKENDS = ["refresh_token_not_found", "csrf_access_token", "update/token/?token=", "auth/refresh_token", "grant_type=refresh_token"];

const count = (pieces, mark) => pieces.join("\n").split(mark).length - 1;

/** How often the WebAssembly is in a directory, inlined and as a file. */
export function copies(place) {
  const pieces = texts(place);
  return { inlined: count(pieces, inlined), files: count(pieces, raw) };
}

export function assertOnlyUsedBackends(place) {
  const shared = read("shared.js");
  const pieces = texts(place);
  for (const mark of BACKENDS) {
    assert.equal(count([shared], mark) > 0, true, `${mark} marks nothing any more`);
    assert.equal(count(pieces, mark), 0, `${mark} is in the output`);
  }
}
