// The one database, in IndexedDB.

/**
 * Runs `work` in one transaction, and resolves when it is on disk. Between its requests there are promise callbacks
 * only, so it stays active. The database is opened anew each time: there are a few accesses in a token's life, and a
 * connection that is not held cannot be lost, nor block another version.
 */
export async function inDatabase(mode, work) {
  const opening = indexedDB.open("evertoken", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("sessions");
  const database = await settled(opening);
  try {
    const transaction = database.transaction("sessions", mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([work(transaction.objectStore("sessions")), done]);
    return result;
  } finally {
    database.close();
  }
}

export function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
