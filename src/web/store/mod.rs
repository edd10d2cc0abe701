//! Where browsers keep a session.

mod indexed_db;
mod page;
mod session_storage;

use crate::core::{StoreError, StoreProblem};
pub use indexed_db::IndexedDbStore;
pub use page::PageStore;
pub use session_storage::SessionStorageStore;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Exception;

    #[wasm_bindgen(method, getter)]
    fn name(this: &Exception) -> Option<String>;
}

/// The error that a browser's storage has thrown.
fn store_error(thrown: JsValue) -> StoreError {
    let name = if thrown.is_object() { thrown.unchecked_into::<Exception>().name() } else { None };
    let problem = match name.as_deref() {
        Some("QuotaExceededError") => StoreProblem::Full,
        Some("SecurityError" | "NotAllowedError") => StoreProblem::Denied,
        _ => StoreProblem::Unavailable,
    };
    StoreError { problem, detail: name }
}
