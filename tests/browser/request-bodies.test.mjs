// Q4, Q5: what `session.fetch` takes, and what of it is sent again after a 401.
import assert from "node:assert/strict";
import { forEachFace, openWorld } from "./harness.mjs";

const world = await openWorld({ django: { accessSeconds: 60 } });

/** Sends to the echo with a revoked token; the answer is the echo of the second attempt. */
async function sendRevoked(page, send) {
  await world.api.reset();
  const echo = await page.evaluate(async (source) => {
    const session = await signedIn();
    await revoke(session);
    const response = await eval(source)(session, `${api}/api/echo/`);
    return { status: response.status, ...(await response.json()) };
  }, String(send));
  const tokens = (await world.api.arrivals("/api/echo/")).map(({ authorization }) => authorization);
  assert.equal(tokens.length, 2, "one attempt and one repetition");
  assert.notEqual(tokens[0], tokens[1], "the repetition carries a newer token");
  assert.equal((await world.api.stats()).refreshes, 1);
  assert.equal(echo.status, 200);
  return echo;
}

const text = "naïve — \u{1F511} ".repeat(1000);

/** Every body that can be sent twice: how to make it, in the page, and what arrives. */
const BODIES = {
  "a string": { make: (text) => text, type: /^text\/plain/ },
  "a Uint8Array": { make: (text) => new TextEncoder().encode(text), type: /^$|octet/ },
  "a view of a part": {
    make: (text) => new Uint8Array(new TextEncoder().encode(`##${text}##`).buffer).subarray(2, -2),
    type: /^$|octet/,
  },
  "a DataView": { make: (text) => new DataView(new TextEncoder().encode(text).buffer), type: /^$|octet/ },
  "an ArrayBuffer": { make: (text) => new TextEncoder().encode(text).buffer, type: /^$|octet/ },
  "a Blob": { make: (text) => new Blob([text], { type: "application/x-test" }), type: /^application\/x-test$/ },
  URLSearchParams: {
    make: (text) => new URLSearchParams({ text }),
    type: /^application\/x-www-form-urlencoded/,
    read: (body) => new URLSearchParams(body).get("text"),
  },
  FormData: {
    make: (text) => {
      const form = new FormData();
      form.set("text", new Blob([text]), "file.txt");
      return form;
    },
    type: /^multipart\/form-data; boundary=/,
    read: (body) => body.match(/\r\n\r\n(.*)\r\n--/s)[1],
  },
};

const WAYS = {
  "in init": (session, url, body) => session.fetch(url, { method: "POST", body }),
  "in a Request": (session, url, body) => session.fetch(new Request(url, { method: "POST", body })),
  "in a Request and its init": (session, url, body) =>
    session.fetch(new Request(url, { method: "POST", body: "replaced" }), { body }),
};

for (const [way, send] of Object.entries(WAYS)) {
  forEachFace(`Q4: a body ${way} is sent whole once more after a 401`, async (t, face) => {
    const page = await world.page(t, face);
    await page.evaluate((text) => (globalThis.text = text), text);
    for (const [kind, { make, type, read = (body) => body }] of Object.entries(BODIES)) {
      await t.test(kind, async () => {
        const source = `(session, url) => (${send})(session, url, (${make})(text))`;
        const echo = await sendRevoked(page, source);
        assert.equal(read(echo.body), text);
        // A Request that a body is given to keeps the content type it had.
        if (way !== "in a Request and its init") assert.match(echo.content_type, type);
        assert.equal(echo.method, "POST");
      });
    }
  });
}

forEachFace("Q5: every form of the first argument reaches the server", async (t, face) => {
  const page = await world.page(t, face);
  const forms = {
    "a string": (session, url) => session.fetch(url),
    "a URL": (session, url) => session.fetch(new URL(url)),
    "a Request": (session, url) => session.fetch(new Request(url)),
    "an object with a URL for its text": (session, url) => session.fetch({ toString: () => url }),
    "a string and null": (session, url) => session.fetch(url, null),
    "a relative URL": (session, url) => {
      document.head.append(Object.assign(document.createElement("base"), { href: `${api}/api/` }));
      return session.fetch("echo/").finally(() => document.querySelector("base").remove());
    },
  };
  for (const [form, send] of Object.entries(forms)) {
    await t.test(form, async () => {
      const echo = await sendRevoked(page, send);
      assert.equal(echo.method, "GET");
      assert.equal(echo.authorization, true);
    });
  }
});

forEachFace("Q5: every form of init reaches the server", async (t, face) => {
  const page = await world.page(t, face);
  const forms = {
    "headers as an object": (session, url) =>
      session.fetch(url, { method: "PUT", headers: { "content-type": "text/x-own" }, body: "own" }),
    "headers as a list": (session, url) =>
      session.fetch(url, { method: "PUT", headers: [["content-type", "text/x-own"]], body: "own" }),
    "headers as Headers": (session, url) =>
      session.fetch(url, { method: "PUT", headers: new Headers({ "content-type": "text/x-own" }), body: "own" }),
    "headers as an iterator": (session, url) =>
      session.fetch(url, { method: "PUT", headers: new Map([["content-type", "text/x-own"]]).entries(), body: "own" }),
    "a class with getters": (session, url) => {
      class Init {
        get method() {
          return "PUT";
        }
        get headers() {
          return { "content-type": "text/x-own" };
        }
        get body() {
          return "own";
        }
      }
      return session.fetch(url, new Init());
    },
    "a Request and its init": (session, url) => {
      const request = new Request(url, { method: "POST", headers: { "content-type": "text/x-own" }, body: "own" });
      return session.fetch(request, { method: "PUT" });
    },
  };
  for (const [form, send] of Object.entries(forms)) {
    await t.test(form, async () => {
      const { method, content_type, body } = await sendRevoked(page, send);
      assert.deepEqual({ method, content_type, body }, { method: "PUT", content_type: "text/x-own", body: "own" });
    });
  }
});

forEachFace("Q5: a Request as init lends its method and headers", async (t, face) => {
  const page = await world.page(t, face);
  const echo = await sendRevoked(page, (session, url) =>
    session.fetch(url, new Request(url, { method: "DELETE", headers: { "content-type": "text/x-own" } })),
  );
  assert.equal(echo.method, "DELETE");
  assert.equal(echo.content_type, "text/x-own");
});

forEachFace("Q4: what the caller does to a body after the call changes neither attempt", async (t, face) => {
  const page = await world.page(t, face);
  const bodies = {
    bytes: (session, url) => {
      const body = new TextEncoder().encode("as it was");
      const answer = session.fetch(url, { method: "POST", body });
      body.fill(35);
      return answer;
    },
    URLSearchParams: (session, url) => {
      const body = new URLSearchParams("as it was");
      const answer = session.fetch(url, { method: "POST", body });
      body.append("and", "more");
      return answer;
    },
    "init itself": (session, url) => {
      const init = { method: "POST", body: "as it was" };
      const answer = session.fetch(url, init);
      Object.assign(init, { method: "PUT", body: "changed" });
      return answer;
    },
  };
  for (const [what, send] of Object.entries(bodies)) {
    await t.test(what, async () => {
      const echo = await sendRevoked(page, send);
      assert.match(echo.body, /^as.it.was=?$/);
      assert.equal(echo.method, "POST");
    });
  }
});
