// The session's state on the page: React, Vue and Svelte.
import assert from "node:assert/strict";
import test from "node:test";
import { openWorld } from "./harness.mjs";

const { api, page: open } = await openWorld({});

/** Each has a component that shows the status; `mount` returns what takes it away, `renders` counts. */
const views = {
  React: {
    recipes: ["account.jsx"],
    code: `
      import { createElement } from "react";
      import { createRoot } from "react-dom/client";
      function Counted() {
        globalThis.renders += 1;
        return Account();
      }
      globalThis.mount = () => {
        const root = createRoot(document.body);
        root.render(createElement(Counted));
        return () => root.unmount();
      };`,
  },
  Vue: {
    recipes: ["use-session-vue.js"],
    code: `
      import { createApp, createSSRApp, h } from "vue/dist/vue.runtime.esm-bundler.js";
      import { renderToString } from "vue/server-renderer";
      const setup = () => {
        const state = useSession();
        return () => h("p", ((globalThis.renders += 1), state.value.status));
      };
      globalThis.mount = () => {
        const app = createApp({ setup });
        app.mount(document.body);
        return () => app.unmount();
      };
      globalThis.renderOnServer = () => renderToString(createSSRApp({ setup }));`,
  },
  Svelte: {
    recipes: ["Account.svelte"],
    code: `
      import { mount, unmount } from "svelte";
      import Account from "./Account.svelte";
      globalThis.mount = () => {
        const app = mount(Account, { target: document.body });
        return () => unmount(app);
      };`,
  },
};

for (const [name, { recipes, code }] of Object.entries(views)) {
  const start = async (t) => {
    const page = await open(t, ["session.js", ...recipes], { code });
    await page.evaluate(() => {
      globalThis.renders = 0;
      globalThis.shows = (text) => when(() => document.body.textContent.trim() === text);
    });
    return page;
  };

  test(`${name}: what is shown follows the session, however it ends`, async (t) => {
    const page = await start(t);
    await page.evaluate(async () => {
      mount();
      await shows("signed-in");
      await session.signOut();
      await shows("signed-out");
      await session.signIn(demo);
      await shows("signed-in");
    });
    api.end();
    await page.evaluate(async (pair) => {
      await session.adopt({ ...pair, expiresIn: 0 });
      await session.accessToken().catch(() => {});
      await shows("signed-out");
    }, { access: "opaque", refresh: "unknown" });
    // React says so in these words when the state is another object at every look.
    assert.deepEqual(page.output.filter((line) => /uncaught|getSnapshot/.test(line)), []);
  });

  test(`${name}: taken away, it listens no more`, async (t) => {
    const page = await start(t);
    const count = await page.evaluate(async () => {
      const listeners = countListeners(session);
      const takeAway = mount();
      await shows("signed-in");
      const mounted = listeners();
      takeAway();
      await when(() => listeners() === 0);
      return mounted;
    });
    assert.equal(count, 1);
  });
}

test("Vue: rendered by a server, it does not listen", async (t) => {
  const { recipes, code } = views.Vue;
  const page = await open(t, ["session.js", ...recipes], { code });
  const rendered = await page.evaluate(async () => {
    const listeners = countListeners(session);
    return [await renderOnServer(), listeners()];
  });
  assert.deepEqual(rendered, ["<p>signed-in</p>", 0]);
});

for (const name of ["React", "Vue"]) {
  const { recipes, code } = views[name];
  test(`${name}: an event that changes nothing renders nothing`, async (t) => {
    const page = await open(t, ["session.js", ...recipes], { code });
    api.tokenStatus = 503;
    const renders = await page.evaluate(async () => {
      globalThis.renders = 0;
      mount();
      await when(() => document.body.textContent === "signed-in");
      const before = globalThis.renders;
      const told = new Promise((resolve) => session.on("refresh-failed", resolve));
      // Expired: the request after it cannot be sent, and the session stays.
      await session.adopt({ access: "opaque", refresh: "unknown", expiresIn: 0 });
      await when(() => globalThis.renders > before);
      const adopted = globalThis.renders;
      session.accessToken().catch(() => {});
      await told;
      // Whatever that event had rendered would be there before this.
      await session.signOut();
      await when(() => document.body.textContent === "signed-out");
      return globalThis.renders - adopted;
    });
    assert.equal(renders, 1);
  });
}
