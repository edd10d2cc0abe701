// The tutorials' axios interceptor: the token of localStorage on each request, and after a 401 a refresh and a second try.
// https://axios-http.com/docs/interceptors
import axios from "axios";
import { keptPair } from "./pair.js";
import { responseOf } from "./axios.js";

/** @param {string} name @param {(refresh: () => Promise<string>) => () => Promise<string>} shared what callers share of a refresh */
export function interceptor(name, shared) {
  const { read, write } = keptPair(name);

  async function start({ api }) {
    const client = axios.create({ baseURL: api, adapter: "fetch" });
    const refresh = shared(async () => {
      const { data } = await axios.post(`${api}/api/token/refresh/`, { refresh: read().refresh }, { adapter: "fetch" });
      write(data);
      return data.access;
    });

    client.interceptors.request.use((config) => {
      config.headers.Authorization = `Bearer ${read().access}`;
      return config;
    });
    client.interceptors.response.use(undefined, async (error) => {
      const { config, response } = error;
      if (response?.status !== 401 || config.isSecond) throw error;
      config.isSecond = true;
      await refresh();
      return client(config);
    });
    return { fetch: async (path) => responseOf(await client.get(path)), close() {} };
  }

  return { adopt: write, start };
}
