//! The functions of `platform.js`, which wasm-bindgen ships with the WebAssembly.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/platform.js")]
extern "C" {
    pub(super) fn send(url: &str, init: &str) -> Promise;

    #[wasm_bindgen(js_name = indexedDbStore)]
    pub(super) fn indexed_db_store(name: &str) -> JsStore;
    #[wasm_bindgen(js_name = sessionStorageStore)]
    pub(super) fn session_storage_store(name: &str) -> JsStore;
    #[wasm_bindgen(js_name = memoryStore)]
    pub(super) fn memory_store() -> JsStore;

    pub(super) fn connect(name: Option<&str>, look: &Function, hint: &Function) -> Connection;
}

#[wasm_bindgen]
extern "C" {
    pub(super) type JsStore;

    /// Resolves to the stored text or undefined.
    #[wasm_bindgen(method)]
    pub(super) fn load(this: &JsStore) -> Promise;

    /// Replaces `present` by `next`, unless something else is stored by now: resolves to whether it has.
    #[wasm_bindgen(method)]
    pub(super) fn swap(this: &JsStore, present: Option<&str>, next: Option<&str>, set_aside: bool) -> Promise;

    #[wasm_bindgen(method)]
    pub(super) fn lock(this: &JsStore) -> JsLock;

    pub(super) type JsLock;

    #[wasm_bindgen(method, getter)]
    pub(super) fn granted(this: &JsLock) -> Promise;

    /// Gives the lock back, or stops asking for it.
    #[wasm_bindgen(method)]
    pub(super) fn release(this: &JsLock);

    pub(super) type Connection;

    #[wasm_bindgen(method)]
    pub(super) fn announce(this: &Connection, text: &str);

    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Connection);

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(super) fn performance_now() -> f64;
}
