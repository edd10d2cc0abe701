// Q4: bodies that can be read once. Chromium sends none over HTTP/1.1, so a stub stands for the network.
import assert from "node:assert/strict";
import { forEachFace, openWorld } from "./harness.mjs";

const world = await openWorld();

/** In the page: makes a one-shot body. */
const WAYS = {
  "a stream in init": (session, url, body) => session.fetch(url, { method: "POST", body, duplex: "half" }),
  "a Request made from a stream": (session, url, body) =>
    session.fetch(new Request(url, { method: "POST", body, duplex: "half" })),
  "a Request with a stream in its init": (session, url, body) =>
    session.fetch(new Request(url, { method: "POST" }), { body, duplex: "half" }),
};

const stream = () => new Blob(["streamed"]).stream();

for (const [way, send] of Object.entries(WAYS)) {
  const source = `(session, url) => (${send})(session, url, (${stream})())`;

  forEachFace(`Q4: ${way} is sent once, and its 401 is the answer`, async (t, face) => {
    const page = await world.page(t, face);
    await world.api.reset();
    const { status, sent } = await page.evaluate(async (source) => {
      const session = await signedIn();
      const sent = await watchSession(session, ({ url }) => (url.includes("/refresh/") ? undefined : answered(401)));
      const response = await eval(source)(session, `${api}/api/echo/`);
      await told(session);
      return { status: response.status, sent };
    }, source);
    assert.equal(status, 401);
    assert.equal(sent.length, 1);
    assert.match(sent[0].authorization, /^Bearer /);
    assert.equal((await world.api.stats()).refreshes, 0);
  });

  forEachFace(`Q4: ${way} waits for a fresh token where the token is stale`, async (t, face) => {
    const page = await world.page(t, face);
    await world.api.reset();
    const { status, before, sent } = await page.evaluate(async (source) => {
      hide();
      const session = await signedIn();
      const before = await tokenOf(session);
      await when(() => Date.now() >= session.state.staleAt);
      const sent = await watchSession(session, ({ url }) => (url.includes("/refresh/") ? undefined : answered(200)));
      const response = await eval(source)(session, `${api}/api/echo/`);
      await told(session);
      return { status: response.status, before, sent };
    }, source);
    assert.equal(status, 200);
    assert.deepEqual(
      sent.map(({ url }) => new URL(url).pathname),
      ["/api/token/refresh/", "/api/echo/"],
    );
    assert.notEqual(sent[1].authorization, `Bearer ${before}`);
  });
}

forEachFace("Q4: a stream goes out with a stale token when the refresh fails", async (t, face) => {
  const page = await world.page(t, face);
  const { status, sent, events } = await page.evaluate(async () => {
    hide();
    const session = await signedIn();
    await when(() => Date.now() >= session.state.staleAt);
    const sent = await watchSession(session, ({ url }) => answered(url.includes("/refresh/") ? 503 : 200));
    const body = new Blob(["streamed"]).stream();
    const response = await session.fetch(`${api}/api/echo/`, { method: "POST", body, duplex: "half" });
    await told(session);
    return { status: response.status, sent, events: seen().map(({ type }) => type) };
  });
  assert.equal(status, 200);
  assert.equal(sent.length, 2);
  assert.deepEqual(events, ["signed-in", "refresh-failed"]);
});
