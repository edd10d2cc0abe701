// The page's life (R1).

/**
 * Calls `look` with whether the page is visible when that may have changed or the network is back; returns the end of
 * it. Workers are never hidden, and Node has nothing to listen to.
 */
export function watchPage(look) {
  const page = globalThis.document;
  const visible = () => page?.visibilityState !== "hidden";
  const listener = () => look(visible());
  const each = (action) => {
    for (const event of ["visibilitychange", "resume"]) page?.[action](event, listener);
    for (const event of ["pageshow", "online", "focus"]) globalThis[action]?.(event, listener);
  };
  each("addEventListener");
  // A page that starts hidden stays quiet.
  if (!visible()) queueMicrotask(listener);
  return () => each("removeEventListener");
}
