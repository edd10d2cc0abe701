// @ts-check
// The entry `evertoken/debug`: what a session does and why, for those who import it.
export { debugLines } from "./debug/lines.js";
