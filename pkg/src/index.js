// @ts-check
export { EvertokenError } from "./errors.js";
export { oauth2, simpleJwt } from "./options.js";
export { createSession } from "./session.js";
