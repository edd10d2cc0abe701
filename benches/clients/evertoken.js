import { createSession, simpleJwt } from "evertoken";

const open = (api) => createSession({ backend: simpleJwt(`${api}/api/token/`) });

export async function adopt({ access, refresh }, api) {
  const session = await open(api);
  await session.adopt({ access, refresh });
  session.close();
}

export async function start({ api }) {
  const session = await open(api);
  return { fetch: (path) => session.fetch(api + path), close: () => session.close(), session };
}
