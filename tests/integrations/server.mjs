// The API that the recipes talk to. It runs in the test's own process, so that a test can end tokens and look at what arrived.
import { sendJson, startRecorder, tokenPair } from "../browser/servers.mjs";

/**
 * SimpleJWT with rotation, and beside it what each library asks for.
 * @param {Record<string, Function>} answers as `startRecorder` takes them; they are for requests with a token that is accepted
 * @param {{ open?: (api: Api) => Record<string, Function>, tls?: object }} [options] answers that look at the token themselves; a key and
 * a certificate, for HTTP/2
 */
export async function startApi(answers, { open = () => ({}), tls } = {}) {
  const api = new Api();
  const recorder = await startRecorder({
    "/api/token/": (request, response) => sendJson(response, 200, api.issue()),
    "/api/token/refresh/": (request, response) => api.refresh(JSON.parse(request.body), response),
    ...Object.fromEntries(Object.entries(answers).map(([path, answer]) => [path, api.protect(answer)])),
    ...open(api),
  }, tls);
  return Object.assign(api, recorder);
}

class Api {
  /** What the API knows of its tokens. */
  #accepted = new Set();
  #refreshTokens = new Set();
  /** Refresh requests so far, and those with a token that was consumed. */
  refreshes = 0;
  reused = 0;
  /** A status that is answered in the place of anything else: to refreshes, and by resources. */
  tokenStatus;
  resourceStatus;
  /** What refreshes wait for. */
  gate = Promise.resolve();

  /** As it was in the beginning. */
  reset() {
    Object.assign(this, { refreshes: 0, reused: 0, tokenStatus: undefined, resourceStatus: undefined, gate: Promise.resolve() });
    this.forget();
  }

  issue() {
    const pair = tokenPair();
    this.#accepted.add(pair.access);
    this.#refreshTokens.add(pair.refresh);
    return pair;
  }

  /** The access tokens handed out so far are refused from now on; nobody can tell by looking at them. */
  revoke() {
    this.#accepted.clear();
  }

  /** The server ends all sessions. */
  end() {
    this.#accepted.clear();
    this.#refreshTokens.clear();
  }

  /** Holds refreshes up until the returned function is called. */
  hold() {
    let release;
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  async refresh({ refresh }, response) {
    this.refreshes += 1;
    await this.gate;
    if (this.tokenStatus) return sendJson(response, this.tokenStatus, {});
    if (this.#refreshTokens.delete(refresh)) return sendJson(response, 200, this.issue());
    this.reused += 1;
    sendJson(response, 401, { detail: "Token is blacklisted", code: "token_not_valid" });
  }

  /** @param {string | null | undefined} authorization */
  accepts(authorization) {
    return this.#accepted.has(authorization?.replace("Bearer ", ""));
  }

  /** The requests to a path or below it, as they arrived. */
  sent(path) {
    return this.requests().filter(({ pathname }) => pathname.startsWith(path));
  }

  protect(answer) {
    return (request, response) => {
      // An error as tRPC understands it, too.
      if (this.resourceStatus) return sendJson(response, this.resourceStatus, { error: { code: -32001, message: "no" } });
      if (this.accepts(request.headers.authorization)) return answer(request, response);
      sendJson(response, 401, { detail: "Given token not valid for any token type", code: "token_not_valid" });
    };
  }
}
