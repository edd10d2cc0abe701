// @ts-check
// The entry `evertoken/worker`: a session that a worker keeps for pages.
export * from "./api.js";
export { serveSession } from "./isolated/server.js";
