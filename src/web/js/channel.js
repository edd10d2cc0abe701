// Messages between the tabs (S3): hints without secrets, for the record alone is the truth.

/** Opens the channel of this name; `hear` is called with each text that somebody else posts. */
export function openChannel(name, hear) {
  let channel = open(name);
  if (channel) channel.onmessage = ({ data }) => hear(String(data));
  return {
    // What was under way when the session was closed still has something to tell.
    post(text) {
      const posting = channel ?? open(name);
      posting?.postMessage(text);
      if (!channel) posting?.close();
    },
    close() {
      channel?.close();
      channel = undefined;
    },
  };
}

function open(name) {
  try {
    const channel = new BroadcastChannel(name);
    // In Node an open channel would keep the process alive.
    channel.unref?.();
    return channel;
  } catch {
    // There is none, or it is forbidden as storage may be: the record alone tells the tabs then.
  }
}
