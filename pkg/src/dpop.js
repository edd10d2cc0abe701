// @ts-check
// The entry `evertoken/dpop`: DPoP (RFC 9449), for those who import it.
export { dpopKey } from "./dpop/key.js";
