// R7, S4, S5: options that make no sense, and answers that are not what a token endpoint says.
import assert from "node:assert/strict";
import test from "node:test";
import { openWorld } from "./harness.mjs";

const world = await openWorld({ django: false });

/** In the page: options, given the origin of a server, and the option that the error must name. */
const OPTIONS = {
  "no options": ["backend", () => undefined],
  "null for options": ["backend", () => null],
  "no backend": ["backend", () => ({})],
  "a backend that is text": ["backend", () => ({ backend: "https://api.example.com" })],
  "a backend of an unknown type": ["backend", () => ({ backend: { type: "unknown" } })],
  "no address": ["backend", () => ({ backend: simpleJwt() })],
  "an empty address": ["backend", () => ({ backend: simpleJwt("") })],
  "null for an address": ["backend", () => ({ backend: simpleJwt(null) })],
  "a number for an address": ["backend", () => ({ backend: simpleJwt(42) })],
  "an address without a host": ["backend", () => ({ backend: simpleJwt("http://") })],
  "an address of another scheme": ["backend", () => ({ backend: simpleJwt("ftp://api.example.com/") })],
  "plain http to a public host": ["backend", () => ({ backend: simpleJwt("http://api.example.com/") })],
  "no token endpoint": ["tokenEndpoint", () => ({ backend: oauth2({ clientId: "app" }) })],
  "no options of oauth2": ["tokenEndpoint", () => ({ backend: oauth2(null) })],
  "no client id": ["clientId", () => ({ backend: oauth2({ tokenEndpoint: "https://id.example.com/token" }) })],
  "a client id that is no text": [
    "clientId",
    () => ({ backend: oauth2({ tokenEndpoint: "https://id.example.com/token", clientId: 7 }) }),
  ],
  "a revocation endpoint that is no URL": [
    "revocationEndpoint",
    () => ({ backend: oauth2({ tokenEndpoint: "https://id.example.com/token", clientId: "app", revocationEndpoint: "" }) }),
  ],
  "a negative refreshAhead": ["refreshAhead", (backend) => ({ backend, refreshAhead: -1 })],
  "NaN for refreshAhead": ["refreshAhead", (backend) => ({ backend, refreshAhead: NaN })],
  "Infinity for refreshAhead": ["refreshAhead", (backend) => ({ backend, refreshAhead: Infinity })],
  "text for refreshAhead": ["refreshAhead", (backend) => ({ backend, refreshAhead: "60" })],
  "null for refreshAhead": ["refreshAhead", (backend) => ({ backend, refreshAhead: null })],
  "more than a day of refreshAhead": ["refreshAhead", (backend) => ({ backend, refreshAhead: 86_401 })],
  "an unknown store": ["store", (backend) => ({ backend, store: "cookie" })],
  "a store without load": ["store.load", (backend) => ({ backend, store: { swap() {} } })],
  "a store without swap": ["store.swap", (backend) => ({ backend, store: { load() {} } })],
  "a store with a lock that is no function": ["store.lock", (backend) => ({ backend, store: { load() {}, swap() {}, lock: 1 } })],
  "null for a store": ["store", (backend) => ({ backend, store: null })],
  "an empty name": ["name", (backend) => ({ backend, name: "" })],
  "a name that is no text": ["name", (backend) => ({ backend, name: 7 })],
  "origins that are no list": ["origins", (backend) => ({ backend, origins: "https://api.example.com" })],
  "null for origins": ["origins", (backend) => ({ backend, origins: null })],
  "an empty origin": ["origins", (backend) => ({ backend, origins: [""] })],
  "an origin that is no text": ["origins", (backend) => ({ backend, origins: [undefined] })],
  "an origin of plain http": ["origins", (backend) => ({ backend, origins: ["http://api.example.com"] })],
  "insecureOrigins that are no list": ["insecureOrigins", (backend) => ({ backend, insecureOrigins: true })],
  "a status that no login causes": ["refreshOn", (backend) => ({ backend, refreshOn: [500] })],
  "a status as text": ["refreshOn", (backend) => ({ backend, refreshOn: ["401"] })],
  "null for refreshOn": ["refreshOn", (backend) => ({ backend, refreshOn: null })],
  "statuses that are no list": ["refreshOn", (backend) => ({ backend, refreshOn: 401 })],
  "a placement that is text": ["placement", (backend) => ({ backend, placement: "cookie" })],
  "a revocation endpoint that is no text": [
    "revocationEndpoint",
    () => ({ backend: oauth2({ tokenEndpoint: "https://id.example.com/token", clientId: "app", revocationEndpoint: 7 }) }),
  ],
  "an unknown member of a placement": ["heder", (backend) => ({ backend, placement: { heder: "x-token" } })],
  "a header with a space": ["placement", (backend) => ({ backend, placement: { header: "x token" } })],
  "a header that is no text": ["placement", (backend) => ({ backend, placement: { header: 7 } })],
  "a scheme with a line break": ["placement", (backend) => ({ backend, placement: { scheme: "a\nb" } })],
  "a scheme that is no text": ["placement", (backend) => ({ backend, placement: { scheme: null } })],
  "an empty query parameter": ["placement", (backend) => ({ backend, placement: { query: "" } })],
  "debugging as a switch": ["debug", (backend) => ({ backend, debug: true })],
  "an unknown option": ["refreshAhaed", (backend) => ({ backend, refreshAhaed: 60 })],
  "an unknown option of oauth2": ["clientID", () => ({ backend: oauth2({ clientID: "app" }) })],
  "an option of simpleJwt, which has none": ["refresh", () => ({ backend: simpleJwt("https://a.example/", { refresh: "" }) })],
};

test("S5: options that make no sense are refused with the name of the option", async (t) => {
  const page = await world.page(t);
  for (const [what, [field, options]] of Object.entries(OPTIONS)) {
    await t.test(what, async () => {
      const { error } = await page.evaluate(
        (source) =>
          outcome(
            (async () => {
              const options = eval(source)(simpleJwt("https://api.example.com/"));
              await createSession(options);
            })(),
          ),
        String(options),
      );
      assert.equal(error?.code, "invalid-option");
      assert.ok(error.evertoken, "an EvertokenError");
      assert.match(error.message, new RegExp(`"${field}"`));
      assert.match(error.message, /\.$/, "a sentence");
    });
  }
});

test("S5: a name or a value that nobody knows is refused with those that are known", async (t) => {
  const page = await world.page(t);
  const messages = await page.evaluate(async () => {
    const backend = simpleJwt("https://api.example.com/");
    const session = await start({ backend });
    const calls = [
      () => createSession({ backend, refreshahead: 60 }),
      () => createSession({ backend: "simpleJwt" }),
      () => createSession({ backend, store: "cookie" }),
      () => createSession({ backend, origins: "https://api.example.com" }),
      () => createSession({ backend, placement: { heder: "x-token" } }),
      () => simpleJwt("https://api.example.com/", { refresh: "/refresh/" }),
      () => oauth2({ tokenEndpoint: "https://id.example.com/token", clientID: "app" }),
      () => session.adopt({ access: "opaque", expires_in: 60 }),
      () => session.on("signedin", () => {}),
    ];
    const outcomes = await Promise.all(calls.map((call) => outcome((async () => call())())));
    return outcomes.map(({ error }) => error?.code === "invalid-option" && error.message);
  });
  assert.deepEqual(messages, [
    'Option "refreshahead" is not one of: backend, origins, insecureOrigins, store, name, refreshAhead, placement, refreshOn, dpop, debug.',
    'Option "backend" is not made by simpleJwt, oauth2, customBackend or another of their kind.',
    'Option "store" is not one of: indexeddb, local, session, memory.',
    'Option "origins" is not a list.',
    'Option "heder" is not one of: header, scheme, query.',
    'Option "refresh" is not one of: sliding.',
    'Option "clientID" is not one of: tokenEndpoint, clientId, revocationEndpoint, scope, resource, parameters.',
    'Option "expires_in" is not one of: access, refresh, expiresIn, idToken.',
    'Option "type" is not one of: *, signed-in, refreshed, signed-out, refresh-failed, store-failed.',
  ]);
});

test("S5: options that are undefined are absent, and inherited ones count", async (t) => {
  const page = await world.page(t);
  const results = await page.evaluate(async () => {
    const access = { access: "opaque", refresh: undefined, expiresIn: undefined, expires_in: undefined };
    const revocationEndpoint = undefined;
    const backend = oauth2({ tokenEndpoint: "https://id.example.com/token", clientId: "app", revocationEndpoint });
    const plain = { backend, store: undefined, name: undefined, refreshAhead: undefined, placement: undefined, refreshOn: undefined };
    const absent = await createSession({ ...plain, origins: undefined, insecureOrigins: undefined, refreshahead: undefined });
    const defaults = Object.create({ backend, store: "memory", notAnOption: true });
    const inherited = await createSession(defaults);
    await inherited.adopt(access);
    return { absent: absent.state.status, inherited: inherited.state.status, stored: await stored() };
  });
  assert.deepEqual(results, { absent: "signed-out", inherited: "signed-in", stored: undefined });
});

test("S5: tokens that cannot be used are refused by name", async (t) => {
  const page = await world.page(t);
  const refusals = await page.evaluate(async () => {
    const session = await start({ backend: simpleJwt("https://api.example.com/") });
    const tokens = [
      undefined,
      null,
      {},
      { access: "" },
      { access: 7 },
      { access: "with space" },
      { access: "line\nbreak" },
      { access: "x".repeat((1 << 20) + 1) },
      { access: "a", refresh: "" },
      { access: "a", refresh: 7 },
      { access: "a", expiresIn: "soon" },
    ];
    const outcomes = [];
    for (const pair of tokens) outcomes.push(await outcome(session.adopt(pair)));
    return outcomes.map(({ value, error }) => (error === undefined ? `accepted: ${value}` : `${error.code}: ${error.message}`));
  });
  const missing = 'invalid-option: Option "access" is missing or empty.';
  const unsendable = 'invalid-option: Option "access" cannot be used in an HTTP header or a query.';
  assert.deepEqual(refusals, [
    ...[missing, missing, missing, missing, missing, unsendable, unsendable],
    "invalid-token: The access token is larger than a megabyte.",
    ...[missing, missing].map((message) => message.replace("access", "refresh")),
    'invalid-option: Option "expiresIn" is not a number of seconds.',
  ]);
});

test("S5: credentials that are no JSON are the caller's mistake and harm no session", async (t) => {
  const page = await world.page(t);
  const { names, status } = await page.evaluate(async () => {
    const session = await start({ backend: simpleJwt("https://api.example.com/") });
    const circular = {};
    circular.self = circular;
    const calls = [session.signIn(circular), session.signIn({ id: 1n }), session.adopt({ access: "a", expiresIn: 1n })];
    const outcomes = await Promise.all(calls.map(outcome));
    return { names: outcomes.map(({ error }) => error.name), status: session.state.status };
  });
  assert.deepEqual(names, ["TypeError", "TypeError", "EvertokenError"]);
  assert.equal(status, "signed-out");
});

test("S5: plain http to a host that is allowed by name is accepted", async (t) => {
  const page = await world.page(t);
  const { error } = await page.evaluate(() => {
    const backend = simpleJwt("http://intranet.example/token/");
    return outcome(createSession({ backend, insecureOrigins: ["http://intranet.example"] }).then(() => "accepted"));
  });
  assert.equal(error, undefined);
});

test("T1: malformed JWTs are opaque tokens, and absurd claims neither fail nor loop", async (t) => {
  const page = await world.page(t);
  const part = (text) => Buffer.from(text).toString("base64url");
  const token = (payload) => `${part('{"alg":"none"}')}.${part(payload)}.c2ln`;
  const tokens = [
    "a.b",
    "a.b.c.d",
    "...",
    "a.!.c",
    token("[]"),
    token("{"),
    token('{"exp":"soon"}'),
    token('{"exp":null}'),
    `${part("{}")}.${Buffer.from([0xff, 0xfe]).toString("base64url")}.c2ln`,
    ...["-1", "1e300", "-1e300", "0", "1.5", "99999999999999999999"].map((exp) => token(`{"exp":${exp}}`)),
    token('{"iat":1e300,"exp":-1e300}'),
    `${token("{}")}${"x".repeat(1 << 19)}`,
  ];
  const statuses = await page.evaluate(async (tokens) => {
    const statuses = [];
    for (const access of tokens) {
      const session = await start({ backend: simpleJwt("https://api.example.com/") });
      watchFetch(({ url }) => answered(url.endsWith("/refresh/") ? 503 : 200));
      await session.adopt({ access, refresh: "refresh" });
      statuses.push(session.state.status);
      session.close();
    }
    return statuses;
  }, tokens);
  assert.deepEqual(statuses, tokens.map(() => "signed-in"));
});
