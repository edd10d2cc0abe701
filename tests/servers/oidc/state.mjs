// What outlives the server: its signing key, and what the library stores.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { exportJWK, generateKeyPair } from "jose";
import { settings } from "./settings.mjs";

const { stateFile } = settings;
const saved = stateFile !== undefined && existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : null;

export const state = saved ?? { key: await newKey(), items: {} };

async function newKey() {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: "k1", alg: "ES256", use: "sig" };
}

const seconds = () => Math.floor(Date.now() / 1000);

function save() {
  if (stateFile === undefined) return;
  // Replaced in one step: a test kills the server when it likes.
  writeFileSync(`${stateFile}.new`, JSON.stringify(state));
  renameSync(`${stateFile}.new`, stateFile);
}

save();

/** What the library asks of its storage. */
export class Adapter {
  constructor(model) {
    this.model = model;
  }

  #key(id) {
    return `${this.model}:${id}`;
  }

  async find(id) {
    const payload = state.items[this.#key(id)];
    // The library trusts its storage to forget what has ended.
    return payload?.exp <= seconds() ? undefined : payload;
  }

  async upsert(id, payload) {
    state.items[this.#key(id)] = payload;
    save();
  }

  async consume(id) {
    state.items[this.#key(id)].consumed = seconds();
    save();
  }

  async destroy(id) {
    delete state.items[this.#key(id)];
    save();
  }

  async revokeByGrantId(grantId) {
    for (const [key, payload] of Object.entries(state.items)) {
      if (payload.grantId === grantId) delete state.items[key];
    }
    save();
  }
}
