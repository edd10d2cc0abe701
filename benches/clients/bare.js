// No client: the token is put into the header, and nothing ever refreshes it.
import { keptPair } from "./pair.js";

const { read, write } = keptPair("bare");

export const adopt = write;

export async function start({ api }) {
  const headers = { authorization: `Bearer ${read().access}` };
  return { fetch: (path) => fetch(api + path, { headers }), close() {} };
}
