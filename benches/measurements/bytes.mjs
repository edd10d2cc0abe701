// What a page loads of each client, by a bundler that minifies, under the strongest brotli.
import { readFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";
import { bundled } from "../bundles.mjs";
import { CANDIDATES } from "../candidates.mjs";

const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };

const brotli = (bytes) => brotliCompressSync(bytes, QUALITY).length;

export async function bytes() {
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const rows = CANDIDATES.map(async (candidate) => {
    const scripts = await bundled(candidate);
    return [candidate.name, { raw: sum(scripts.map(({ length }) => length)), brotli: sum(scripts.map(brotli)) }];
  });
  return Object.fromEntries(await Promise.all(rows));
}

/** The WebAssembly alone, as `evertoken/slim` loads it. */
export async function wasm() {
  return brotli(await readFile(new URL("../../pkg/dist/evertoken.wasm", import.meta.url)));
}
