// @ts-check
// What more than one entry needs, in one file beside them.
export { customBackend } from "./backends/custom.js";
export { isErrand } from "./backends/functions.js";
export { discover } from "./backends/discover.js";
export { flaskJwt, flaskJwtCookies } from "./backends/flask-jwt.js";
export { oauth2 } from "./backends/oauth2.js";
export { simpleJwt } from "./backends/simple-jwt.js";
export { slidingJwt } from "./backends/sliding-jwt.js";
export { strictRotation } from "./backends/strict-rotation.js";
export { supabase } from "./backends/supabase.js";
export { denialOf } from "./denial.js";
export { refusal } from "./refusal.js";
export { isPermitted } from "./arguments.js";
export { read } from "./options.js";
export { startSession } from "./session.js";
export { inDatabase, settled } from "#platform/database.js";
