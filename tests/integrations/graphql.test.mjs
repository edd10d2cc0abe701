// Apollo Client and urql.
import assert from "node:assert/strict";
import test from "node:test";
import { buildSchema, graphql } from "graphql";
import { sendJson } from "../browser/servers.mjs";
import { testClient } from "./clients.mjs";
import { openWorld } from "./harness.mjs";

const schema = buildSchema(`
  type Query { note: String }
  type Mutation { write(text: String): String }
`);
const rootValue = { note: "a note", write: ({ text }) => text };

/** Queries come as a POST, or as a GET with everything in the URL. */
async function answer({ method, url, body }, response) {
  const { query, variables } = method === "POST" ? JSON.parse(body) : Object.fromEntries(new URL(url, "http://api").searchParams);
  const variableValues = typeof variables === "string" ? JSON.parse(variables) : variables;
  sendJson(response, 200, await graphql({ schema, source: query, rootValue, variableValues }));
}

/** A server that says in a 200 that it does not accept the token. */
const open = (api) => ({
  "/200/graphql": (request, response) => {
    if (api.accepts(request.headers.authorization)) return answer(request, response);
    sendJson(response, 200, { errors: [{ message: "no", extensions: { code: "UNAUTHENTICATED" } }] });
  },
});

const world = await openWorld({ "/graphql": answer }, { open });

/** The recipes export a client; the documents are the tests' own. */
const documents = {
  apollo: 'import { gql } from "@apollo/client"; globalThis.gql = gql;',
  urql: 'import { pipe, subscribe } from "wonka"; Object.assign(globalThis, { pipe, subscribe });',
};

function useApollo() {
  const note = gql("query { note }");
  const write = gql("mutation ($text: String) { write(text: $text) }");
  globalThis.read = (signal) =>
    client.query({ query: note, fetchPolicy: "network-only", context: { fetchOptions: { signal } } }).then(({ data }) => data.note);
  globalThis.write = (text) => client.mutate({ mutation: write, variables: { text } }).then(({ data }) => data.write);
  globalThis.tell = ({ name, code, statusCode }) => ({ name, code, status: statusCode });
}

function useUrql() {
  /** Unsubscribing is urql's way of aborting. */
  const result = (source, signal) =>
    new Promise((resolve, reject) => {
      const { unsubscribe } = pipe(source, subscribe(({ data, error }) => (error ? reject(error) : resolve(data))));
      signal?.addEventListener("abort", () => {
        unsubscribe();
        reject({ name: "unsubscribed" });
      });
    });
  globalThis.read = (signal) =>
    result(client.query("query { note }", {}, { requestPolicy: "network-only" }), signal).then(({ note }) => note);
  globalThis.write = (text) =>
    result(client.mutation("mutation ($text: String) { write(text: $text) }", { text })).then((data) => data.write);
  globalThis.tell = ({ name, networkError, response }) => ({ name, code: networkError?.code, status: response?.status });
}

testClient(world, {
  name: "Apollo Client",
  recipes: ["apollo.js"],
  code: documents.apollo,
  path: "/graphql",
  setup: useApollo,
  aborted: { name: "AbortError", code: 20, status: undefined },
  refused: { name: "ServerError", code: undefined, status: 401 },
  rejected: { name: "EvertokenError", code: "rejected", status: undefined },
  unavailable: { name: "EvertokenError", code: "unavailable", status: undefined },
});

testClient(world, {
  name: "urql",
  recipes: ["urql.js"],
  code: documents.urql,
  path: "/graphql",
  setup: useUrql,
  aborted: { name: "unsubscribed", code: undefined, status: undefined },
  refused: { name: "CombinedError", code: undefined, status: 401 },
  rejected: { name: "CombinedError", code: "rejected", status: undefined },
  unavailable: { name: "CombinedError", code: "unavailable", status: undefined },
});

test("GraphQL: a refusal in a 200 is refreshed as a 401 is", async (t) => {
  const page = await world.page(t, ["session-graphql.js"]);
  const { api } = world;
  api.revoke();
  const answers = await page.evaluate((url) => {
    const init = { method: "POST", body: JSON.stringify({ query: "{ note }" }) };
    const ask = () => session.fetch(url, init).then((response) => response.json());
    return Promise.all([ask(), ask()]);
  }, `${api.origin}/200/graphql`);
  assert.deepEqual(answers, [{ data: { note: "a note" } }, { data: { note: "a note" } }]);
  assert.equal(api.refreshes, 1);
});
