/** What axios resolves with, in the shape of a Response; it has read the body already. */
export function responseOf({ status, data }) {
  return { status, json: async () => data };
}
