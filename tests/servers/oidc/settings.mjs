// What the environment sets; serve.mjs describes it.
const number = (name, value) => Number(process.env[`EVERTOKEN_${name}`] ?? value);
const on = (name, value) => (process.env[`EVERTOKEN_${name}`] ?? value) === "1";

export const settings = {
  accessSeconds: number("ACCESS_SECONDS", 4),
  refreshSeconds: number("REFRESH_SECONDS", 3600),
  rotate: on("ROTATE", "1"),
  nonces: on("NONCES", "1"),
  expose: on("EXPOSE", "1"),
  stateFile: process.env.EVERTOKEN_STATE,
};
