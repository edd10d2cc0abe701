// https://github.com/Flyrell/axios-auth-refresh#usage. By its default, `deduplicateRefresh`, each 401 that comes in while a refresh
// is under way fails; without it those wait for that refresh, too.
import axios from "axios";
import { createAuthRefresh } from "axios-auth-refresh";
import { keptPair } from "./pair.js";
import { responseOf } from "./axios.js";

const { read, write } = keptPair("axios-auth-refresh");

export const adopt = write;

export async function start({ api }) {
  const client = axios.create({ baseURL: api, adapter: "fetch" });
  client.interceptors.request.use((request) => {
    request.headers.Authorization = `Bearer ${read().access}`;
    return request;
  });
  const refresh = async () => {
    const { data } = await axios.post(`${api}/api/token/refresh/`, { refresh: read().refresh }, { adapter: "fetch" });
    write(data);
  };
  createAuthRefresh(client, refresh, { deduplicateRefresh: false });
  return { fetch: async (path) => responseOf(await client.get(path)), close() {} };
}
