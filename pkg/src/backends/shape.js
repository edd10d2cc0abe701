// @ts-check
// For descriptions that do not fit their server: what an answer looked like, without what it said.

/** Longer lists and deeper objects say no more about where a token is. */
const MAX_DEPTH = 5;

/**
 * The transport, with the cause of an error by its code: what was looked for in the last answer, and its shape.
 * @param {any} calls
 * @param {(url: string, init: RequestInit) => Promise<Response>} transport
 */
export function explaining(calls, transport) {
  let seen = "";
  const explained = async (url, init) => {
    const response = await transport(url, init);
    seen = `HTTP ${response.status}, ${await shapeOf(response.clone())}`;
    return response;
  };
  const access = calls.refresh.answer?.access ?? calls.answer?.access;
  explained.cause = (code) =>
    code === "misconfigured" || code === "unavailable"
      ? new Error(`The access token is expected at "${access}"; the last answer was ${seen || "none"}.`)
      : undefined;
  return explained;
}

async function shapeOf(response) {
  const text = await response.text().catch(() => "");
  try {
    return JSON.stringify(redacted(JSON.parse(text), 0));
  } catch {
    return text === "" ? "without a body" : "not JSON";
  }
}

/** The value with its names alone. */
function redacted(value, depth) {
  if (value === null || typeof value !== "object") return value === null ? null : `[${typeof value}]`;
  if (depth === MAX_DEPTH) return "[…]";
  if (Array.isArray(value)) return value.slice(0, 1).map((item) => redacted(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redacted(item, depth + 1)]));
}
