// @ts-check
// What servers say about proofs (RFC 9449 sections 5, 7, 8 and 9).

const CHALLENGE = "use_dpop_nonce";
const INVALID = "invalid_dpop_proof";

/** Why a proof is refused; nothing when it is not. @typedef {typeof CHALLENGE | typeof INVALID | undefined} Refusal */

/**
 * What is known of the server at each origin: its last nonce, for one that gave none is sent none; and its clock minus ours,
 * where the session has that wrong, because a clock was set since it was measured.
 */
export class Servers {
  /** @type {Map<string, { nonce?: string, skew?: number }>} */
  #known = new Map();

  /** @param {string} url */
  of(url) {
    return this.#known.get(new URL(url).origin) ?? {};
  }

  /**
   * Takes what comes with an answer, good or bad. A server that calls a proof invalid may have no nonces any more; and where
   * it does not tell its time, ours is the next best guess after the session's.
   * @param {string} url
   * @param {Response} response
   * @param {Refusal} refusal
   */
  take(url, { headers }, refusal) {
    let { nonce, skew } = this.of(url);
    if (refusal === INVALID) {
      const date = Date.parse(headers.get("date") ?? "");
      [nonce, skew] = [undefined, date ? date - Date.now() : skew === undefined ? 0 : undefined];
    }
    this.#known.set(new URL(url).origin, { nonce: headers.get("dpop-nonce") ?? nonce, skew });
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
