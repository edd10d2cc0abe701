//! Hints between the contexts of one origin, over BroadcastChannel (S3). The record is the truth.

use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use super::global::global;
use crate::core::Hint;

/// An open channel; dropping it closes it.
pub(super) struct Channel {
    channel: BroadcastChannel,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// Opens the channel of sessions with this name; `None` where there are no channels.
    pub(super) fn open(name: &str, on_hint: impl Fn(Hint) + 'static) -> Option<Self> {
        global().broadcast_channel()?;
        let channel = BroadcastChannel::new(&["evertoken:", name].concat()).ok()?;
        let listener = Closure::new(move |event: MessageEvent| {
            on_hint(Hint::parse(&event.data().as_string().unwrap_or_default()));
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Some(Self { channel, _listener: listener })
    }

    pub(super) fn post(&self, text: &str) {
        // A channel that has gone away has nobody to tell.
        let _ = self.channel.post_message(&text.into());
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
