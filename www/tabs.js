// The open tabs of this page, and the channel on which they tell each other what happens in them. The session has a channel of its
// own; this one is the demo's.

const channel = new BroadcastChannel("evertoken-demo");

/** The lowest number that no open tab has; it is free again when this tab is closed. */
async function takeNumber() {
  for (let number = 1; ; number += 1) {
    if (await hold(`evertoken-demo-${number}`)) return number;
  }
}

function hold(name) {
  return new Promise((resolve) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {});
    });
  });
}

/**
 * Joins the open tabs. Of each other one `heard` is called with its number and its marks, at first with those from before, and
 * `left` with its number when it is closed; `asked` when a tab has asked all of them for a stampede. `known` returns this tab's
 * marks so far.
 */
export async function joinTabs({ heard, left, asked, known }) {
  const number = await takeNumber();
  const news = new Map();
  const post = (message) => channel.postMessage({ number, ...message });
  channel.onmessage = ({ data }) => {
    if (data.marks) heard(data.number, data.marks);
    if (data.left) left(data.number);
    if (data.stampede) asked();
    if (data.hello) post({ marks: known() });
  };
  addEventListener("pagehide", () => post({ left: true }));
  post({ hello: true, marks: [] });
  return {
    number,
    /** Tells the others of a mark, together with all that change in the same turn. */
    tell(mark) {
      if (news.size === 0) {
        queueMicrotask(() => {
          post({ marks: [...news.values()] });
          news.clear();
        });
      }
      news.set(mark.id, mark);
    },
    stampede: () => post({ stampede: true }),
  };
}
