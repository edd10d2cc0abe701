// The tutorials' wrapper around fetch: it decodes `exp` before each request, and refreshes when the token has ended.
import { keptPair } from "./pair.js";

const { read, write } = keptPair("exp-wrapper");

export const adopt = write;

export async function start({ api }) {
  return {
    async fetch(path) {
      let { access, refresh } = read();
      if (hasEnded(access)) access = await refreshed(api, refresh);
      return fetch(api + path, { headers: { authorization: `Bearer ${access}` } });
    },
    close() {},
  };
}

function hasEnded(token) {
  const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(atob(payload)).exp * 1000 <= Date.now();
}

async function refreshed(api, refresh) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${api}/api/token/refresh/`, { method: "POST", headers, body: JSON.stringify({ refresh }) });
  if (!response.ok) throw new Error("signed out");
  const pair = await response.json();
  write(pair);
  return pair.access;
}
