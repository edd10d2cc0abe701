// Messages between the tabs (S3): hints without secrets, for the record alone is the truth.

/**
 * Opens the channel of this name; `hear` is called with each text that somebody else posts. Where there is no
 * BroadcastChannel, a short-lived item in localStorage is an event in every other tab.
 */
export function openChannel(name, hear) {
  const item = `hint-${name}`;
  let channel;
  const listeners = {
    // Whoever comes to a page with an open channel throws it out of the back/forward cache. Back from there, it looks.
    pagehide() {
      channel?.close();
      channel = undefined;
    },
    pageshow() {
      channel ??= open(name);
      if (channel) channel.onmessage = ({ data }) => hear(String(data));
    },
    storage({ key, newValue }) {
      if (key === item && newValue) hear(newValue);
    },
  };
  const each = (action) => {
    for (const event in listeners) globalThis[action]?.(event, listeners[event]);
  };
  listeners.pageshow();
  each("addEventListener");
  return {
    // What was under way when the session was closed still has something to tell.
    post(text) {
      const posting = channel ?? open(name);
      if (posting) {
        posting.postMessage(text);
        if (!channel) posting.close();
      } else {
        attempt(() => {
          localStorage.setItem(item, text);
          localStorage.removeItem(item);
        });
      }
    },
    close() {
      each("removeEventListener");
      listeners.pagehide();
    },
  };
}

function open(name) {
  const channel = attempt(() => new BroadcastChannel(name));
  // In Node an open channel would keep the process alive.
  channel?.unref?.();
  return channel;
}

/** What is missing, or forbidden like storage, is done without: the record alone tells the tabs then. */
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
