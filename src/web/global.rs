//! What JavaScript's global scope has here. A page, a worker and Node differ; what is missing is `None`.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{EventTarget, IdbFactory, Storage};

#[wasm_bindgen]
extern "C" {
    /// The global `fetch` at the moment of the call.
    #[wasm_bindgen(js_name = fetch)]
    pub(super) fn fetch(url: &str, init: &JsValue) -> Promise;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn performance_now() -> f64;

    #[derive(Clone, Debug)]
    pub(super) type Global;

    /// Throws where the page may not use storage.
    #[wasm_bindgen(method, getter, catch, js_name = indexedDB)]
    pub(super) fn indexed_db(this: &Global) -> Result<Option<IdbFactory>, JsValue>;

    /// Throws where the page may not use storage.
    #[wasm_bindgen(method, getter, catch, js_name = sessionStorage)]
    pub(super) fn session_storage(this: &Global) -> Result<Option<Storage>, JsValue>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn navigator(this: &Global) -> Option<Navigator>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn document(this: &Global) -> Option<Document>;

    /// Missing in very old engines only.
    #[wasm_bindgen(method, getter, js_name = BroadcastChannel)]
    pub(super) fn broadcast_channel(this: &Global) -> Option<Object>;

    #[derive(Clone, Debug)]
    pub(super) type Navigator;

    #[wasm_bindgen(method, getter, js_name = onLine)]
    pub(super) fn on_line(this: &Navigator) -> Option<bool>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn locks(this: &Navigator) -> Option<LockManager>;

    #[derive(Clone, Debug)]
    pub(super) type LockManager;

    /// <https://w3c.github.io/web-locks/>; web-sys has it among its unstable interfaces only.
    #[wasm_bindgen(method)]
    pub(super) fn request(this: &LockManager, name: &str, options: &JsValue, callback: &JsValue) -> LockRequest;

    #[derive(Clone, Debug)]
    pub(super) type LockRequest;

    /// The request is a promise; only its failure is of interest.
    #[wasm_bindgen(method, js_name = catch)]
    pub(super) fn on_failure(this: &LockRequest, callback: &Function) -> Promise;

    #[wasm_bindgen(extends = EventTarget)]
    #[derive(Clone, Debug)]
    pub(super) type Document;

    #[wasm_bindgen(method, getter, js_name = visibilityState)]
    pub(super) fn visibility_state(this: &Document) -> String;
}

pub(super) fn global() -> Global {
    js_sys::global().unchecked_into()
}
