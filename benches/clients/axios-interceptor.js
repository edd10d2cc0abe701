// As most tutorials have it: every 401 refreshes for itself.
import { interceptor } from "./interceptor.js";

export const { adopt, start } = interceptor("axios-interceptor", (refresh) => refresh);
