// https://authts.github.io/oidc-client-ts: the user of localStorage, renewed silently with its refresh token, and
// held as react-oidc-context holds it.
import { User, UserManager, WebStorageStateStore } from "oidc-client-ts";

/** `ahead`: when it renews; its own 60 s are longer than short tokens live. */
function manager(api, ahead = 60) {
  return new UserManager({
    authority: api,
    metadata: { issuer: api, token_endpoint: `${api}/oauth/token` },
    client_id: "bench",
    redirect_uri: `${api}/`,
    userStore: new WebStorageStateStore({ store: localStorage }),
    automaticSilentRenew: true,
    accessTokenExpiringNotificationTimeInSeconds: ahead,
  });
}

export function adopt({ access, refresh, expiresIn }, api) {
  const user = { access_token: access, refresh_token: refresh, token_type: "Bearer", profile: { sub: "1" }, scope: "openid" };
  return manager(api).storeUser(new User({ ...user, expires_at: Math.floor(Date.now() / 1000) + expiresIn }));
}

export async function start({ api, ahead }) {
  const users = manager(api, ahead);
  // Asked for before each request, `getUser` would put off the renewal again and again.
  let user = await users.getUser();
  users.events.addUserLoaded((loaded) => (user = loaded));
  if (user.expired) user = await users.signinSilent();
  return {
    fetch: (path) => fetch(api + path, { headers: { authorization: `Bearer ${user.access_token}` } }),
    close: () => users.stopSilentRenew(),
  };
}
