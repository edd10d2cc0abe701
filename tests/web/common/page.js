// What the tests do in the page past any session.

/** Sends a request; resolves to its status and body, a space between them. */
export async function exchange(method, url, bearer, body) {
  const headers = {};
  if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const response = await fetch(url, { method, headers, body });
  return `${response.status} ${await response.text()}`;
}

/** The record under this name in IndexedDB; undefined without one. */
export function readStore(name) {
  return inStore("readonly", (records) => records.get(name));
}

/** Puts any value where the record under this name belongs. */
export function writeStore(name, value) {
  return inStore("readwrite", (records) => records.put(value, name));
}

async function inStore(mode, use) {
  const opening = indexedDB.open("evertoken", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("sessions");
  const database = await settled(opening);
  try {
    return await settled(use(database.transaction("sessions", mode).objectStore("sessions")));
  } finally {
    database.close();
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
