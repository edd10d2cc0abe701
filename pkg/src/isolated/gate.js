// @ts-check
// What a page gets of the session: requests to the named origins, and answers without new tokens.
import { EvertokenError } from "#errors";
import { isErrand, isPermitted } from "#shared";

export class Gate {
  #rules;
  #endpoints;
  #isHeard = false;

  /**
   * @param {any} session
   * @param {{ origins: Set<string>, placement: { query?: string }, renewal?: { header?: string } }} rules
   * @param {URL[]} endpoints the backend's URL, and where its requests go
   */
  constructor(session, rules, [, ...endpoints]) {
    this.session = session;
    this.#rules = rules;
    this.#endpoints = new Set(endpoints.filter((endpoint) => !isErrand(endpoint)).map(placeOf));
  }

  get state() {
    return this.session.state;
  }

  get hasCrashed() {
    try {
      return !this.state;
    } catch {
      return true;
    }
  }

  get origins() {
    return [...this.#rules.origins];
  }

  /** Has all events told to the first who asks. */
  listen(hear) {
    if (!this.#isHeard) this.session.on("*", hear);
    this.#isHeard = true;
  }

  /** @param {string} input @param {RequestInit} init */
  async fetch(input, init) {
    // What cannot be sent is refused here, where the words of the refusal can show no URL with a token in it.
    const { url } = new Request(input);
    // The page's own policy may forbid what the worker's allows: nothing else leaves through here.
    if (!isPermitted(this.#rules.origins, url)) throw new TypeError("The worker sends requests to the session's origins only.");
    const isBare = this.#isEndpoint(url);
    const response = await (isBare ? fetchBare(url, init) : this.#fetchWithToken(url, init));
    if (!isBare && response.redirected && this.#isEndpoint(response.url)) {
      response.body?.cancel();
      throw new TypeError("A redirect has led the token to an endpoint of the session's backend.");
    }
    return { response, head: this.#headOf(response, url) };
  }

  async #fetchWithToken(url, init) {
    try {
      return await this.session.fetch(url, init);
    } catch (error) {
      if (this.#rules.placement.query === undefined || error instanceof EvertokenError) throw error;
      // The words are the browser's own, and some quote the URL.
      throw new TypeError("The request has failed.");
    }
  }

  #isEndpoint(url) {
    return this.#endpoints.has(placeOf(new URL(url)));
  }

  #headOf({ status, statusText, headers, url, redirected, type }, asked) {
    const { renewal, placement } = this.#rules;
    const shown = [...headers].filter(([name]) => name !== renewal?.header?.toLowerCase());
    const seen = placement.query === undefined ? url : withoutToken(url, redirected, asked);
    return { status, statusText, headers: shown, url: seen, redirected, kind: type };
  }
}

/** Where a token or a cookie buys new tokens, a page comes without. */
function fetchBare(url, init) {
  return globalThis.fetch(url, { ...init, credentials: "omit" });
}

/** Where a URL leads: paths that a server may read as the same are the same. */
function placeOf({ origin, pathname }) {
  const text = pathname.replace(/%[2-7][0-9a-f]/gi, decodeURIComponent);
  const place = new URL(origin);
  // Resolves the dots that were encoded, or had parameters.
  place.pathname = text.replace(/;[^/\\]*/g, "").replace(/[/\\]+/g, "/");
  return place.href.replace(/\/$/, "").toLowerCase();
}

/** The answer's URL, when the request's had the token in it: a server that redirects may have put it anywhere in the query. */
function withoutToken(url, redirected, asked) {
  const shown = new URL(redirected ? url : asked);
  shown.hash = "";
  if (redirected) shown.search = "";
  return url && shown.href;
}
