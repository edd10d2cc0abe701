// https://supabase.com/docs/reference/javascript/auth-getsession, asked before each request as supabase-js itself does.
import { GoTrueClient } from "@supabase/auth-js";

const storageKey = "supabase";

/** As its storage holds a session; its own `setSession` would ask the server for the user. */
export function adopt({ access, refresh, expiresIn }) {
  const session = { access_token: access, refresh_token: refresh, token_type: "bearer", user: { id: "1" } };
  const expires = { expires_in: expiresIn, expires_at: Math.floor(Date.now() / 1000) + expiresIn };
  localStorage.setItem(storageKey, JSON.stringify({ ...session, ...expires }));
}

export async function start({ api }) {
  const auth = new GoTrueClient({ url: `${api}/auth/v1`, storageKey, detectSessionInUrl: false });
  await auth.initialize();
  return {
    async fetch(path) {
      const { data } = await auth.getSession();
      return fetch(api + path, { headers: { authorization: `Bearer ${data.session?.access_token}` } });
    },
    close: () => auth.stopAutoRefresh(),
  };
}
