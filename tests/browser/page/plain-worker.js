// A session worker as an application writes it.
import { serveSession, simpleJwt } from "/pkg/worker.js";

serveSession({ backend: simpleJwt(`${new URL(location.href).searchParams.get("api")}/api/token/`) });
