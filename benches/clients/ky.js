// https://github.com/sindresorhus/ky#hooksafterresponse: its recipe for "retry with a fresh token on a 401 error".
import ky from "ky";
import { keptPair } from "./pair.js";

const { read, write } = keptPair("ky");

export const adopt = write;

export async function start({ api }) {
  const client = ky.create({
    hooks: {
      beforeRequest: [({ request }) => request.headers.set("authorization", `Bearer ${read().access}`)],
      afterResponse: [
        async ({ request, response, retryCount }) => {
          if (response.status !== 401 || retryCount > 0) return;
          const pair = await ky.post(`${api}/api/token/refresh/`, { json: { refresh: read().refresh } }).json();
          write(pair);
          const headers = new Headers(request.headers);
          headers.set("authorization", `Bearer ${pair.access}`);
          return ky.retry({ request: new Request(request, { headers }), code: "TOKEN_REFRESHED" });
        },
      ],
    },
  });
  return { fetch: (path) => client.get(api + path), close() {} };
}
