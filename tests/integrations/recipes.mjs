import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../browser/processes.mjs";

const page = readFileSync(join(root, "docs/integrations.md"), "utf8");

/** The code blocks of docs/integrations.md, each under the name in its first line. */
export const recipes = new Map(
  [...page.matchAll(/^```\w+\n(?:\/\/|<!--) (\S+)[^\n]*\n(.*?)^```$/gms)].map(([, name, code]) => [name, code]),
);
