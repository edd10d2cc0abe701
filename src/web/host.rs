//! The functions of `js/`, which wasm-bindgen ships with the WebAssembly.

use wasm_bindgen::prelude::*;

/// Takes the results of a [`Host`]; [`Report`](super::results::Report) says which is which.
pub(super) type Done = Closure<dyn Fn(u32, u32, bool, Option<String>, f64, f64, f64)>;

#[wasm_bindgen(module = "/src/web/js/stores.js")]
extern "C" {
    /// The kinds are `indexeddb`, `local`, `session` and `memory`.
    #[wasm_bindgen(js_name = openStore)]
    pub(super) fn open_store(kind: &str, name: &str) -> JsStore;
}

#[wasm_bindgen(module = "/src/web/js/host.js")]
extern "C" {
    #[wasm_bindgen(js_name = createHost)]
    pub(super) fn create_host(store: &JsStore, enter: &Done) -> Host;
}

/// Has wasm-bindgen ship a file that the other files import: it ships those of which Rust names a function.
macro_rules! ship {
    ($file:literal, $function:ident) => {
        #[wasm_bindgen(module = $file)]
        extern "C" {
            fn $function();
        }
    };
}

ship!("/src/web/js/channel.js", openChannel);
ship!("/src/web/js/database.js", inDatabase);
ship!("/src/web/js/locks.js", sharedLock);
ship!("/src/web/js/page.js", watchPage);
ship!("/src/web/js/time.js", within);

#[wasm_bindgen]
extern "C" {
    /// An object as `js/stores.js` describes it.
    pub(super) type JsStore;

    pub(super) type Host;

    #[wasm_bindgen(method)]
    pub(super) fn lock(this: &Host, job: u32, limit: u32);
    #[wasm_bindgen(method)]
    pub(super) fn unlock(this: &Host, job: u32);
    #[wasm_bindgen(method)]
    pub(super) fn load(this: &Host, job: u32, limit: u32);
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Host, job: u32, limit: u32);
    #[wasm_bindgen(method)]
    pub(super) fn swap(this: &Host, job: u32, limit: u32, set_aside: bool, present: Option<&str>, next: Option<&str>);
    /// The fields are names and values of headers.
    #[wasm_bindgen(method, variadic)]
    pub(super) fn send(
        this: &Host,
        job: u32,
        limit: u32,
        method: &str,
        url: &str,
        body: Option<&str>,
        fields: Vec<JsValue>,
    );
    /// A negative delay takes the timer back. It keeps Node running if somebody waits for what it brings.
    #[wasm_bindgen(method)]
    pub(super) fn wake(this: &Host, delay: f64, awaited: bool);
    #[wasm_bindgen(method)]
    pub(super) fn announce(this: &Host, text: &str);
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Host);

    #[wasm_bindgen(js_name = queueMicrotask)]
    pub(super) fn later(callback: &JsValue);
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn performance_now() -> f64;
    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    pub(super) fn date_now() -> f64;
    #[wasm_bindgen(js_namespace = Math, js_name = random)]
    pub(super) fn math_random() -> f64;
}
