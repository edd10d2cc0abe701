//! When to look at the session again: the page is shown, thawed or focused, or the network is back (R1).

use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

use super::global::global;

/// Events of the global scope; a worker and Node never send some of them.
const GLOBAL_EVENTS: [&str; 3] = ["pageshow", "online", "focus"];
/// Events of the document.
const DOCUMENT_EVENTS: [&str; 2] = ["visibilitychange", "resume"];

/// Listeners that are taken off again on drop.
pub(super) struct Lifecycle {
    targets: Vec<(EventTarget, &'static [&'static str])>,
    listener: Closure<dyn FnMut()>,
}

impl Lifecycle {
    /// Calls `look` whenever the session should be looked at again.
    pub(super) fn listen(look: impl Fn() + 'static) -> Self {
        let mut targets: Vec<(EventTarget, &'static [&'static str])> = Vec::new();
        if let Some(document) = global().document() {
            targets.push((document.into(), &DOCUMENT_EVENTS));
            targets.push((global().unchecked_into(), &GLOBAL_EVENTS));
        }
        let listener = Closure::new(look);
        let listening = Self { targets, listener };
        listening.each(EventTarget::add_event_listener_with_callback);
        listening
    }

    fn each(&self, action: impl Fn(&EventTarget, &str, &js_sys::Function) -> Result<(), JsValue>) {
        for (target, events) in &self.targets {
            for event in *events {
                // A target that refuses a listener never sends the event.
                let _ = action(target, event, self.listener.as_ref().unchecked_ref());
            }
        }
    }
}

impl Drop for Lifecycle {
    fn drop(&mut self) {
        self.each(EventTarget::remove_event_listener_with_callback);
    }
}
