// @ts-check
// Challenges of `WWW-Authenticate` (RFC 9110 section 11.6.1). `src/core/resource/challenge.rs` reads them natively.

/** The most that is read of a field, in characters. */
const MAX_FIELD = 8192;

/** What stands between the commas that are not quoted. */
const ELEMENT = /(?:[^,"]|"(?:[^"\\]|\\.)*")+/g;

const TOKEN = "([\\w!#$%&'*+.^`|~-]+)";

/** `name=value`, with spaces where RFC 9110 tolerates them. */
const PARAMETER = new RegExp(`^${TOKEN}\\s*=\\s*(?:${TOKEN}|"((?:[^"\\\\]|\\\\.)*)")$`);

/** A scheme, alone or before its first parameter or its one token. */
const SCHEME = new RegExp(`^${TOKEN}(?:\\s+(.*))?$`);

/**
 * The challenges of a field in their order, as their parameters; names in lower case. A field joins those of several. What is no
 * challenge is passed over.
 * @param {string} field
 */
export function challenges(field) {
  /** @type {Map<string, string>[]} */
  const found = [];
  for (const [element] of field.slice(0, MAX_FIELD).matchAll(ELEMENT)) {
    let parameter = element.trim().match(PARAMETER);
    if (!parameter) {
      const [, scheme, rest = ""] = element.trim().match(SCHEME) ?? [];
      if (scheme) found.push(new Map());
      parameter = rest.match(PARAMETER);
    }
    if (parameter) {
      const [, name, token, quoted] = parameter;
      const known = found.at(-1);
      // Of two parameters with one name the first counts.
      if (!known?.has(name.toLowerCase())) known?.set(name.toLowerCase(), token ?? quoted.replace(/\\(.)/g, "$1"));
    }
  }
  return found;
}
