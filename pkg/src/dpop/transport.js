// @ts-check
// Requests to the session's backend.
import { EvertokenError } from "#errors";
import { refusedByEndpoint } from "./servers.js";

const REFUSED = {
  use_dpop_nonce:
    "The token endpoint asks for a DPoP nonce and takes none of those it gives; from another origin it must expose the header DPoP-Nonce.",
  invalid_dpop_proof: "The token endpoint refuses the DPoP proof; compare its URL, and the clock, with what it expects.",
};

/** @typedef {((url: string, init: RequestInit) => Promise<Response>) & { cause?: (code: string) => Error | undefined }} Transport */

/**
 * The transport of a session. Token requests carry a proof, others go as they are: revocation knows none (RFC 9449
 * section 5), and its CORS rules may not permit the header.
 * @param {import("./sender.js").Sender} sender
 * @param {() => number | undefined} skew the server's clock minus the local one, in milliseconds
 * @param {Transport} network
 */
export function createTransport(sender, skew, network = (url, init) => globalThis.fetch(url, init)) {
  /** What the last answer shows that is wrong with DPoP. */
  let trouble;

  async function transport(url, init) {
    trouble = undefined;
    if (!init.body?.includes("grant_type=")) return network(url, init);
    let answer;
    const read = async (response) => {
      answer = await response.clone().json().catch(() => {});
      return refusedByEndpoint(answer);
    };
    const response = await sender.send(url, init, read, { skew: skew(), network });
    trouble = REFUSED[refusedByEndpoint(answer)];
    return response.ok && isUnbound(answer) ? withoutAccessToken(answer, response) : response;
  }

  /** An answer with a token that is not bound to the key: it is never used, and the refresh token is kept (R3). */
  function withoutAccessToken(answer, response) {
    trouble = 'The token endpoint\'s answer is not of the token_type "DPoP": the token is not bound to the key.';
    return new Response(JSON.stringify({ ...answer, access_token: undefined }), response);
  }

  transport.cause = (code) =>
    code === "misconfigured" && trouble ? new EvertokenError(code, trouble) : network.cause?.(code);
  return transport;
}

function isUnbound(answer) {
  return typeof answer?.token_type === "string" && answer.token_type.toLowerCase() !== "dpop";
}
