// Workers that do not serve a session: one of another build of the package, one that throws, and one that is something else.
const kind = new URL(location.href).searchParams.get("kind");

if (kind === "throws") throw new Error("broken on purpose");
if (kind === "outdated") onmessage = ({ ports: [port] }) => port.postMessage({ evertoken: 0 });
