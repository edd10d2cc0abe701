// https://github.com/jetbridge/axios-jwt#how-do-i-use-it: it keeps the pair in localStorage and refreshes 10 s ahead.
import axios from "axios";
import { applyAuthTokenInterceptor, applyStorage, getBrowserLocalStorage, setAuthTokens } from "axios-jwt";
import { responseOf } from "./axios.js";

export function adopt({ access, refresh }) {
  applyStorage(getBrowserLocalStorage());
  return setAuthTokens({ accessToken: access, refreshToken: refresh });
}

export async function start({ api }) {
  const client = axios.create({ baseURL: api, adapter: "fetch" });
  applyAuthTokenInterceptor(client, {
    async requestRefresh(refresh) {
      const { data } = await axios.post(`${api}/api/token/refresh/`, { refresh }, { adapter: "fetch" });
      return { accessToken: data.access, refreshToken: data.refresh };
    },
  });
  return { fetch: async (path) => responseOf(await client.get(path)), close() {} };
}
