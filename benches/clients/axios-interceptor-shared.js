// As the better tutorials have it: those who come while a refresh is under way wait for it.
import { interceptor } from "./interceptor.js";

export const { adopt, start } = interceptor("axios-interceptor-shared", (refresh) => {
  let current;
  return () => (current ??= refresh().finally(() => (current = undefined)));
});
