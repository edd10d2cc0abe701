// https://github.com/badgateway/oauth2-client#fetch-wrapper, with its recipe for storing tokens.
import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";
import { keptPair } from "./pair.js";

const { read, write } = keptPair("badgateway");

export function adopt({ access, refresh, expiresIn }) {
  write({ accessToken: access, refreshToken: refresh, expiresAt: Date.now() + expiresIn * 1000 });
}

export async function start({ api }) {
  const client = new OAuth2Client({ clientId: "bench", tokenEndpoint: `${api}/oauth/token` });
  const wrapper = new OAuth2Fetch({ client, getNewToken: () => null, storeToken: write, getStoredToken: read });
  return { fetch: (path) => wrapper.fetch(api + path), close() {} };
}
