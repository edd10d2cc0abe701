// The worker of the tests' isolated sessions. `?options=` is a function that makes its options, `?control=` the name of the
// channel over which a test has it run something; see isolated.js.
import * as evertoken from "/pkg/worker.js";

const settings = new URL(location.href).searchParams;

/** The real one, whatever a test puts in its place. */
const network = globalThis.fetch;
/** The newest access token. */
let access;

/** As in tools.js; requests are told to the pages. */
function watchFetch(answer = () => undefined) {
  globalThis.fetch = async function watched(input, init) {
    const { url, method, headers } = new Request(input, { ...init, body: undefined });
    const sent = { url, method, authorization: headers.get("authorization") };
    control.postMessage({ sent });
    const response = await (answer(sent) ?? network(input, init));
    if (url.includes("/token/")) ({ access = access } = await response.clone().json().catch(() => ({})));
    return response;
  };
}

const control = new BroadcastChannel(settings.get("control"));
control.onmessage = async ({ data: { id, source, argument } }) => {
  if (source === undefined) return;
  try {
    control.postMessage({ id, value: await eval(source)(argument) });
  } catch (error) {
    control.postMessage({ id, error: String(error) });
  }
};

Object.assign(globalThis, evertoken, {
  accessOf: () => access,
  answered: (status) => Promise.resolve(new Response(null, { status })),
  api: settings.get("api"),
  recorder: settings.get("recorder"),
  watchFetch,
});

watchFetch();
evertoken.serveSession(() => eval(settings.get("options"))());
