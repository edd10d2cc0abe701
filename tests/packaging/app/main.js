import { EvertokenError, createSession, simpleJwt } from "evertoken";
import { dpopKey } from "evertoken/dpop";
import { flow, report } from "./flow.js";

const api = new URLSearchParams(location.search).get("api");

/** The entries share one class of errors. */
async function isOneClass() {
  return dpopKey({ name: "" }).catch((error) => error instanceof EvertokenError);
}

report(flow({ createSession, simpleJwt }, api).then(async (outcome) => ({ ...outcome, isOneClass: await isOneClass() })));
