//! The exclusive lock that the tabs of an origin share, over Web Locks (R2).

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use super::global::{LockManager, global};
use crate::core::{StoreError, StoreProblem};

/// A lock that is held, or asked for; dropping it gives it back.
pub(super) struct WebLock {
    release: Function,
    abort: AbortController,
}

/// Takes the lock of sessions with this name. Without Web Locks (plain-http pages, old engines) every context holds
/// a lock of its own.
pub(super) async fn acquire(name: &str) -> Result<Option<WebLock>, StoreError> {
    let Some(manager) = global().navigator().and_then(|navigator| navigator.locks()) else { return Ok(None) };
    let refused = |_| StoreError::new(StoreProblem::Denied);
    let (lock, granted) = request(&manager, &["evertoken:", name].concat()).map_err(refused)?;
    JsFuture::from(granted).await.map_err(refused)?;
    Ok(Some(lock))
}

/// Asks for the lock: its callback resolves the promise that is returned, and the browser takes the lock back when
/// the promise that the callback returns is resolved.
fn request(manager: &LockManager, name: &str) -> Result<(WebLock, Promise), JsValue> {
    let (held, release, _) = deferred();
    let (granted, grant, refuse) = deferred();
    let abort = AbortController::new()?;
    let callback = Closure::once_into_js(move || {
        // Calling a promise's own function cannot fail.
        let _ = grant.call0(&JsValue::NULL);
        held
    });
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"signal".into(), &abort.signal())?;
    // The request fails when it is given up, or where the page may not lock.
    let _ = manager.request(name, &options, &callback).on_failure(&refuse);
    Ok((WebLock { release, abort }, granted))
}

/// A promise with its two functions.
fn deferred() -> (Promise, Function, Function) {
    let mut functions = None;
    let promise = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
    let (resolve, reject) = functions.unwrap_or_else(|| (Function::default(), Function::default()));
    (promise, resolve, reject)
}

impl Drop for WebLock {
    fn drop(&mut self) {
        // Nothing is left to do when this fails: the lock ends with the page at the latest.
        let _ = self.release.call0(&JsValue::NULL);
        self.abort.abort();
    }
}
