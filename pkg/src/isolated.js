// @ts-check
// The entry `evertoken/isolated`: a session whose tokens are in a worker, for its pages.
export { EvertokenError } from "#errors";
export { denialOf } from "./denial.js";
export { createSession } from "./isolated/session.js";
