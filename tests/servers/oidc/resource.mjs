// The resources that the tokens protect: what an API beside the library looks like.
import { createLocalJWKSet, jwtVerify } from "jose";
import { BadProof, checkProof, currentNonce } from "./proof.mjs";
import { RESOURCE } from "./provider.mjs";
import { state } from "./state.mjs";

/** The scope that each path needs. */
const SCOPES = { "/protected": "api:read", "/opaque": "openid", "/admin": "api:admin" };
const REALM = 'realm="evertoken"';
const ALGORITHMS = 'algs="ES256"';

export const isResource = (path) => path in SCOPES;

const { d: _private, ...publicKey } = state.key;
const keys = createLocalJWKSet({ keys: [publicKey] });

class Refused {
  constructor(status, challenges) {
    Object.assign(this, { status, challenges: [challenges].flat() });
  }
}

/** The answer to a request: status, body, and headers. */
export async function answer(provider, request, path) {
  const url = `${provider.issuer}${path}`;
  try {
    const { sub, scopes, key, nonce } = await authenticated(provider, request, url);
    const scheme = key === undefined ? "Bearer" : "DPoP";
    const wanted = SCOPES[path];
    if (!scopes.includes(wanted)) {
      throw new Refused(403, `${scheme} ${REALM}, error="insufficient_scope", scope="${wanted}"`);
    }
    return { status: 200, body: { user: sub, scheme }, headers: nonce === currentNonce() ? {} : nonceHeader() };
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    const { status, challenges } = refusal;
    const headers = { "www-authenticate": challenges, ...(challenges.some((one) => one.startsWith("DPoP")) && nonceHeader()) };
    return { status, body: {}, headers };
  }
}

const nonceHeader = () => currentNonce() && { "dpop-nonce": currentNonce() };

async function authenticated(provider, request, url) {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  if (!token) throw new Refused(401, [`Bearer ${REALM}`, `DPoP ${REALM}, ${ALGORITHMS}`]);
  const isDpop = scheme === "DPoP";
  if (!isDpop && scheme !== "Bearer") throw new Refused(401, `Bearer ${REALM}`);
  const found = token.includes(".") ? await fromJwt(provider, token) : await fromStore(provider, token);
  // A bound token says DPoP, whatever the request says.
  const invalid = `${isDpop || found?.jkt ? `DPoP ${REALM}, ${ALGORITHMS}` : `Bearer ${REALM}`}, error="invalid_token"`;
  if (!found || Boolean(found.jkt) !== isDpop) throw new Refused(401, invalid);
  if (isDpop && found.jkt !== (await thumbprint(request, url, token))) throw new Refused(401, invalid);
  return { ...found, key: found.jkt };
}

async function thumbprint(request, url, token) {
  try {
    return await checkProof({ method: request.method, proof: request.headers.dpop, url, token });
  } catch (error) {
    if (!(error instanceof BadProof)) throw error;
    const details = `error="${error.code}", error_description="${error.message}"`;
    throw new Refused(401, `DPoP ${REALM}, ${details}, ${ALGORITHMS}`);
  }
}

async function fromJwt(provider, token) {
  const options = { issuer: provider.issuer, audience: RESOURCE, typ: "at+jwt" };
  const { payload } = await jwtVerify(token, keys, options).catch(() => ({}));
  return payload && { sub: payload.sub, scopes: payload.scope.split(" "), jkt: payload.cnf?.jkt };
}

/** What introspection would say. */
async function fromStore(provider, token) {
  const found = await provider.AccessToken.find(token);
  return found?.isValid ? { sub: found.accountId, scopes: [...found.scopes], jkt: found.jkt } : undefined;
}
