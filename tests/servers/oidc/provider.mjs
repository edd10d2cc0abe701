// The library with its settings.
import { randomBytes } from "node:crypto";
import Provider, { errors } from "oidc-provider";
import { settings } from "./settings.mjs";
import { Adapter, state } from "./state.mjs";

/** The resource whose access tokens are JWTs; without it they are opaque. */
export const RESOURCE = "urn:evertoken:api";

const client = (id, method) => ({
  client_id: id,
  client_secret: method === "none" ? undefined : "secret",
  token_endpoint_auth_method: method,
  grant_types: ["authorization_code", "refresh_token"],
  redirect_uris: ["https://app.example.com/signed-in"],
  id_token_signed_response_alg: "ES256",
});

const resourceServer = {
  scope: "api:read api:write api:admin",
  accessTokenFormat: "jwt",
  accessTokenTTL: settings.accessSeconds,
  jwt: { sign: { alg: "ES256" } },
};

/** As the library has it by default: what is rotated for a public client without a key lives no longer than what was. */
function refreshLife(ctx, token, client) {
  const rotated = ctx?.oidc?.entities.RotatedRefreshToken;
  const inherits = rotated && client.clientAuthMethod === "none" && !token.isSenderConstrained();
  return inherits ? rotated.remainingTTL : settings.refreshSeconds;
}

export function createProvider(issuer) {
  return new Provider(issuer, {
    adapter: Adapter,
    clients: [client("spa", "none"), client("basic", "client_secret_basic"), client("post", "client_secret_post")],
    clientBasedCORS: () => true,
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    jwks: { keys: [state.key] },
    rotateRefreshToken: settings.rotate,
    scopes: ["openid", "offline_access"],
    ttl: { AccessToken: settings.accessSeconds, RefreshToken: refreshLife, Grant: 86_400, IdToken: 3600 },
    features: {
      devInteractions: { enabled: false },
      // A new secret for each start: a restart makes every nonce an old one.
      dPoP: {
        enabled: true,
        nonceSecret: settings.nonces ? randomBytes(32) : undefined,
        requireNonce: () => settings.nonces,
      },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => true,
        getResourceServerInfo(_ctx, resource) {
          if (resource !== RESOURCE) throw new errors.InvalidTarget();
          return resourceServer;
        },
      },
    },
  });
}

/**
 * What a sign-in of the demo account would have left behind, since nobody is there to click through one: a grant, and
 * the first token pair.
 * @param {{ client?: string, resource?: string | null, scope?: string, jkt?: string }} wanted `jkt` is the thumbprint of
 * the DPoP key that the tokens are bound to; `resource: null` makes the access token opaque
 */
export async function grant(provider, { client: id = "spa", resource = RESOURCE, scope = "api:read api:write", jkt }) {
  const client = await provider.Client.find(id);
  const grant = new provider.Grant({ accountId: "demo", clientId: id });
  grant.addOIDCScope("openid offline_access");
  if (resource !== null) grant.addResourceScope(resource, scope);
  const grantId = await grant.save();

  const granted = { accountId: "demo", client, grantId, gty: "authorization_code" };
  const scopes = `openid offline_access ${scope}`;
  const refresh = new provider.RefreshToken({ ...granted, scope: scopes, resource: resource ?? undefined, jkt });
  const access = new provider.AccessToken({ ...granted, scope: resource === null ? "openid offline_access" : scope, jkt });
  if (resource !== null) access.resourceServer = new provider.ResourceServer(resource, resourceServer);
  return {
    access_token: await access.save(),
    refresh_token: await refresh.save(),
    expires_in: access.expiration,
    scope: access.scope,
    token_type: access.tokenType,
  };
}
