// @ts-check
// What a page gets of the session: requests to the named origins, and answers without new tokens.
import { isPermitted } from "#shared";

export class Gate {
  #rules;
  #endpoints;

  /**
   * @param {any} session
   * @param {{ origins: Set<string>, placement: { query?: string }, renewal?: { header?: string } }} rules
   * @param {URL[]} endpoints the backend's URL, and where its requests go
   */
  constructor(session, rules, [, ...endpoints]) {
    this.session = session;
    this.#rules = rules;
    this.#endpoints = new Set(endpoints.filter(isSent).map(placeOf));
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

  /** @param {string} url @param {RequestInit} init */
  async fetch(url, init) {
    // The page's own policy may forbid what the worker's allows: nothing else leaves through here.
    if (!isPermitted(this.#rules.origins, url)) throw new TypeError("The worker sends requests to the session's origins only.");
    // Where a token buys a new one, a page comes without.
    const send = this.#endpoints.has(placeOf(new URL(url))) ? globalThis.fetch : this.session.fetch;
    const response = await send(url, init);
    return { response, head: this.#headOf(response) };
  }

  #headOf({ status, statusText, headers, url, redirected, type }) {
    const { renewal, placement } = this.#rules;
    const shown = [...headers].filter(([name]) => name !== renewal?.header?.toLowerCase());
    return { status, statusText, headers: shown, url: without(placement.query, url), redirected, kind: type };
  }
}

/** A function's errand is a request that never leaves. */
function isSent({ search }) {
  return !search.startsWith("?errand=");
}

/** Where a URL leads: paths that a server may read as the same are the same. */
function placeOf({ origin, pathname }) {
  const path = pathname.replace(/%[2-7][0-9a-f]/gi, decodeURIComponent).replace(/\/+/g, "/").replace(/\/$/, "");
  return origin + path.toLowerCase();
}

/** The URL without the parameter that carries the token. */
function without(query, url) {
  if (query === undefined || url === "") return url;
  const shown = new URL(url);
  shown.searchParams.delete(query);
  return shown.href;
}
