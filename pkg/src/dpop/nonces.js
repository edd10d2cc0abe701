// @ts-check
// What servers say about proofs, and the nonces that they give (RFC 9449 sections 8 and 9).

const CHALLENGE = "use_dpop_nonce";
const INVALID = "invalid_dpop_proof";

/** Why a proof is refused; nothing when it is not. @typedef {typeof CHALLENGE | typeof INVALID | undefined} Refusal */

/** The last nonce of each origin. A server that gave none is sent none. */
export class Nonces {
  /** @type {Map<string, string>} */
  #last = new Map();

  /** @param {string} url */
  of(url) {
    return this.#last.get(new URL(url).origin);
  }

  /**
   * Takes the nonce that comes with an answer, good or bad. A server that calls a proof invalid and gives no nonce may have
   * none any more, and not understand an old one.
   * @param {string} url
   * @param {Response} response
   * @param {Refusal} refusal
   */
  take(url, { headers }, refusal) {
    const { origin } = new URL(url);
    const nonce = headers.get("dpop-nonce");
    if (nonce !== null) this.#last.set(origin, nonce);
    else if (refusal === INVALID) this.#last.delete(origin);
  }
}

/**
 * Whether a resource refuses the proof, not the token. From another origin a page may not be able to read why; then a
 * nonce that it can read says so.
 * @param {Response} response
 * @returns {Refusal}
 */
export function refusedByResource({ status, headers }) {
  if (status !== 401) return undefined;
  const reason = headers.get("www-authenticate");
  if (reason === null) return headers.has("dpop-nonce") ? CHALLENGE : undefined;
  return reason.includes(CHALLENGE) ? CHALLENGE : reason.includes(INVALID) ? INVALID : undefined;
}

/**
 * Whether a token endpoint refuses the proof.
 * @param {any} answer
 * @returns {Refusal}
 */
export function refusedByEndpoint(answer) {
  return answer?.error === CHALLENGE || answer?.error === INVALID ? answer.error : undefined;
}
