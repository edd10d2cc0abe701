// axios, ky and openapi-fetch.
import assert from "node:assert/strict";
import test from "node:test";
import { sendJson } from "../browser/servers.mjs";
import { testClient } from "./clients.mjs";
import { openWorld } from "./harness.mjs";

const world = await openWorld({
  "/notes": (request, response) => sendJson(response, 200, request.method === "POST" ? JSON.parse(request.body) : { text: "a note" }),
});

testClient(world, {
  name: "axios",
  recipes: ["axios.js"],
  path: "/notes",
  setup() {
    globalThis.read = (signal) => api.get("/notes", { signal }).then(({ data }) => data.text);
    globalThis.write = (text) => api.post("/notes", { text }).then(({ data }) => data.text);
    globalThis.tell = ({ isAxiosError, code, response, cause }) => ({ isAxiosError, code, status: response?.status, cause: cause?.code });
  },
  aborted: { isAxiosError: true, code: "ERR_CANCELED", status: undefined, cause: undefined },
  refused: { isAxiosError: true, code: "ERR_BAD_REQUEST", status: 401, cause: undefined },
  rejected: { isAxiosError: true, code: "rejected", status: undefined, cause: "rejected" },
  unavailable: { isAxiosError: true, code: "unavailable", status: undefined, cause: "unavailable" },
});

testClient(world, {
  name: "ky",
  recipes: ["ky.js"],
  path: "/notes",
  setup() {
    globalThis.read = (signal) => api.get("notes", { signal }).json().then(({ text }) => text);
    globalThis.write = (text) => api.post("notes", { json: { text } }).json().then((note) => note.text);
    globalThis.tell = ({ name, code, response }) => ({ name, code, status: response?.status });
  },
  aborted: { name: "AbortError", code: 20, status: undefined },
  refused: { name: "HTTPError", code: undefined, status: 401 },
  rejected: { name: "EvertokenError", code: "rejected", status: undefined },
  unavailable: { name: "EvertokenError", code: "unavailable", status: undefined },
});

testClient(world, {
  name: "openapi-fetch",
  recipes: ["openapi.js"],
  path: "/notes",
  setup() {
    const text = ({ data, error, response }) => data?.text ?? Promise.reject({ ...error, response });
    globalThis.read = (signal) => api.GET("/notes", { signal }).then(text);
    globalThis.write = (body) => api.POST("/notes", { body: { text: body } }).then(text);
    globalThis.tell = ({ name, code, response }) => ({ name, code, status: response?.status });
  },
  aborted: { name: "AbortError", code: 20, status: undefined },
  refused: { name: undefined, code: undefined, status: 401 },
  rejected: { name: "EvertokenError", code: "rejected", status: undefined },
  unavailable: { name: "EvertokenError", code: "unavailable", status: undefined },
});

test("ky: its retries are for the resource alone, and with the token", async (t) => {
  const page = await world.page(t, ["session.js", "ky.js"]);
  world.api.resourceStatus = 503;
  const status = await page.evaluate(() => {
    hurry();
    return api.get("notes").catch(({ response }) => response.status);
  });
  assert.equal(status, 503);
  const sent = world.api.sent("/notes");
  assert.equal(sent.length, 3);
  assert.ok(sent.every(({ headers }) => headers.authorization));
  assert.equal(world.api.refreshes, 0);
});
