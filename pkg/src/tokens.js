// @ts-check

/** Where the token stands, as the engine counts it. */
export const SIGNED_OUT = 0;
export const FRESH = 1;
export const STALE = 2;

/**
 * @typedef {{ stamp: string, token: string }} Bearer
 */

/** The token in use, kept on this side so that a request with a live one costs a single synchronous call. */
export class Tokens {
  #core;
  #version = -1;
  /** @type {Bearer | undefined} */
  #bearer;

  /** @param {import("./core.js").Core} core */
  constructor(core) {
    this.#core = core;
  }

  /** Where the token in use stands; {@link bearer} is it. */
  phase() {
    const decision = this.#core.call(decide);
    if (decision >>> 2 !== this.#version) {
      this.#version = decision >>> 2;
      const stamped = this.#core.call((engine) => engine.token());
      this.#bearer = stamped === undefined ? undefined : split(stamped);
    }
    return decision & 3;
  }

  get bearer() {
    return this.#bearer;
  }

  /** Starts a refresh beside the requests that go on with a stale token. */
  freshen() {
    this.#core.call((engine) => engine.freshen());
  }

  /** @param {boolean} fresh whether a stale token will not do */
  async live(fresh) {
    return split(await this.#core.ask((engine) => engine.live(fresh)));
  }

  /** @param {Bearer} than the token that was refused */
  async newer(than) {
    return split(await this.#core.ask((engine) => engine.newer(than.stamp)));
  }
}

const decide = (engine) => engine.decide();

/** @param {string} stamped `stamp token` */
function split(stamped) {
  const space = stamped.indexOf(" ");
  return { stamp: stamped.slice(0, space), token: stamped.slice(space + 1) };
}
