// Where the tutorials keep the pair: in localStorage, which every tab reads.

/** @param {string} client whose pair it is: in one page all clients are measured side by side */
export function keptPair(client) {
  return {
    read: () => JSON.parse(localStorage.getItem(client)),
    write: (pair) => localStorage.setItem(client, JSON.stringify(pair)),
  };
}
