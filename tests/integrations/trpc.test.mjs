// tRPC, with a server that looks at the token before tRPC does.
import assert from "node:assert/strict";
import test from "node:test";
import { initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { testClient } from "./clients.mjs";
import { openWorld } from "./harness.mjs";

const { router, procedure } = initTRPC.create();
const text = (value) => String(value);
const routes = router({
  note: procedure.query(() => "a note"),
  write: procedure.input(text).mutation(({ input }) => input),
  count: procedure.subscription(async function* () {
    yield* [1, 2, 3];
  }),
});

async function answer({ method, url, headers, body }, response) {
  const req = new Request(new URL(url, "http://api"), { method, headers, body: method === "POST" ? body : undefined });
  const answer = await fetchRequestHandler({ endpoint: "/trpc", req, router: routes });
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
}

const world = await openWorld({ "*": answer });

for (const [name, recipe] of Object.entries({ "tRPC, batches": "trpc.js", "tRPC, streamed batches": "trpc-stream.js" })) {
  testClient(world, {
    name,
    recipes: [recipe],
    path: "/trpc/",
    setup() {
      globalThis.read = (signal) => trpc.note.query(undefined, { signal });
      globalThis.write = (value) => trpc.write.mutate(value);
      globalThis.tell = ({ name, cause, meta }) => ({ name, code: cause?.code, status: meta?.response?.status });
    },
    aborted: { name: "TRPCClientError", code: 20, status: undefined },
    refused: { name: "TRPCClientError", code: undefined, status: 401 },
    rejected: { name: "TRPCClientError", code: "rejected", status: undefined },
    unavailable: { name: "TRPCClientError", code: "unavailable", status: undefined },
  });

  test(`${name}: calls of one moment are one request, refused and sent again as a whole`, async (t) => {
    const page = await world.page(t, ["session.js", recipe]);
    world.api.revoke();
    const answers = await page.evaluate(() => Promise.all([trpc.note.query(), trpc.note.query()]));
    assert.deepEqual(answers, ["a note", "a note"]);
    assert.equal(world.api.sent("/trpc/note,note").length, 2);
    assert.equal(world.api.refreshes, 1);
  });
}

test("tRPC: a subscription begins with a token that is accepted", async (t) => {
  const page = await world.page(t, ["session.js", "trpc-stream.js"]);
  world.api.revoke();
  const counted = await page.evaluate(async () => {
    const counted = [];
    trpc.count.subscribe(undefined, { onData: (number) => counted.push(number) });
    await when(() => counted.length === 3);
    return counted;
  });
  assert.deepEqual(counted, [1, 2, 3]);
  assert.equal(world.api.refreshes, 1);
});
