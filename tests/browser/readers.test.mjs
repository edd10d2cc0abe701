// JSON and base64url are read in the npm package as in the crate, whose tests go through the same cases.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { decoded, numberIn, objectIn, textOf, valueAt } from "../../pkg/src/readers.js";

const cases = JSON.parse(await readFile(new URL("../../src/core/json/cases.json", import.meta.url), "utf8"));

test("objects are read as in the crate", () => {
  for (const { json, path, text, plain, number = NaN } of cases.objects) {
    const object = objectIn(json);
    assert.equal(object !== undefined, path !== undefined, json);
    if (object === undefined) continue;
    const found = valueAt(object, path);
    assert.deepEqual([textOf(found, false), textOf(found, true), numberIn(found)], [text, plain, number], `${path} of ${json}`);
  }
});

test("T1: segments are read as in the crate", () => {
  for (const { segment, text } of cases.segments) assert.equal(decoded(segment), text, segment);
});
