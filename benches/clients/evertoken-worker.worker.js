// The other half of evertoken-worker.js. Kept, because the others' sessions are.
import { serveSession, simpleJwt } from "evertoken/worker";

serveSession({ backend: simpleJwt(`${location.origin}/api/token/`), store: "indexeddb", name: "worker" });
