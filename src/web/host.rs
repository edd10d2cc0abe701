//! The functions of `platform.js`, which wasm-bindgen ships with the WebAssembly.

use js_sys::Function;
use wasm_bindgen::prelude::*;

/// What a result of [`Host`] is the result of; `platform.js` counts in the same order.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Locked,
    Loaded,
    /// The first half of a save: what is there now.
    Read,
    /// The second half: whether it was replaced.
    Swapped,
    Answered,
    Tick,
    Hint,
    Look,
    Events,
}

impl Kind {
    pub(super) fn from_number(number: u32) -> Option<Self> {
        const ALL: [Kind; 9] = [
            Kind::Locked,
            Kind::Loaded,
            Kind::Read,
            Kind::Swapped,
            Kind::Answered,
            Kind::Tick,
            Kind::Hint,
            Kind::Look,
            Kind::Events,
        ];
        ALL.get(number as usize).copied()
    }
}

/// Takes the results of a [`Host`]: kind, job, whether it succeeded, and a text.
pub(super) type Done = Closure<dyn Fn(u32, u32, bool, Option<String>)>;

#[wasm_bindgen(module = "/src/web/platform.js")]
extern "C" {
    /// The kinds are `indexeddb`, `session` and `memory`.
    #[wasm_bindgen(js_name = openStore)]
    pub(super) fn open_store(kind: &str, name: &str) -> JsStore;

    #[wasm_bindgen(js_name = createHost)]
    pub(super) fn create_host(store: &JsStore, name: Option<&str>, enter: &Done, crashed: Option<Function>) -> Host;
}

#[wasm_bindgen]
extern "C" {
    /// An object with `load`, `swap` and `lock`.
    pub(super) type JsStore;

    pub(super) type Host;

    #[wasm_bindgen(method)]
    pub(super) fn lock(this: &Host, job: u32, limit: u32);
    #[wasm_bindgen(method)]
    pub(super) fn unlock(this: &Host, job: u32);
    #[wasm_bindgen(method)]
    pub(super) fn load(this: &Host, job: u32);
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Host, job: u32);
    #[wasm_bindgen(method)]
    pub(super) fn swap(this: &Host, job: u32, present: Option<&str>, next: Option<&str>, set_aside: bool);
    #[wasm_bindgen(method)]
    pub(super) fn send(this: &Host, job: u32, limit: u32, url: &str, init: &str);
    /// A negative delay takes the timer back.
    #[wasm_bindgen(method)]
    pub(super) fn wake(this: &Host, delay: f64);
    /// Has `done` called for the events, once the engine is not busy.
    #[wasm_bindgen(method)]
    pub(super) fn later(this: &Host);
    #[wasm_bindgen(method)]
    pub(super) fn announce(this: &Host, text: &str);
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Host);

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn performance_now() -> f64;
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    pub(super) fn date_now() -> f64;
    #[wasm_bindgen(js_namespace = Math, js_name = random)]
    pub(super) fn math_random() -> f64;
}
