//! Where browsers keep a session.

use std::fmt;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::bindings::{JsLock, JsStore, indexed_db_store, memory_store, session_storage_store};
use crate::{
    core::{Saved, Secret, StoreError, StoreProblem, Write, record::Applied},
    driver::{LockGuard, Store},
    send::{BoxFuture, boxed},
};

/// How often a write is decided anew because something else was stored meanwhile.
const ATTEMPTS: u32 = 8;

/// A store in the browser.
pub struct WebStore(JsStore);

impl WebStore {
    /// The origin's IndexedDB, database `evertoken`: all tabs and workers of the origin share it, and it orders what
    /// they write. localStorage does not (R2).
    #[must_use]
    pub fn indexed_db(name: &str) -> Self {
        Self(indexed_db_store(name))
    }

    /// The tab's sessionStorage: it survives a reload. A duplicated tab starts with a copy, and the first refresh of
    /// one ends the other; use IndexedDB where users duplicate tabs.
    #[must_use]
    pub fn session_storage(name: &str) -> Self {
        Self(session_storage_store(name))
    }

    /// The page's memory: gone with a reload, invisible to other tabs.
    #[must_use]
    pub fn memory() -> Self {
        Self(memory_store())
    }

    async fn read(&self) -> Result<Option<Secret>, StoreError> {
        let stored = JsFuture::from(self.0.load()).await.map_err(store_error)?;
        Ok(stored.as_string().map(Secret::from))
    }

    /// Decides here and swaps there; the swap fails when the decision was made on something that is gone.
    async fn write(&self, write: &Write) -> Result<Saved, StoreError> {
        for _ in 0..ATTEMPTS {
            let present = self.read().await?;
            let present = present.as_ref().map(Secret::expose);
            let (next, set_aside) = match write.onto(present) {
                Applied::Put { text, set_aside } => (Some(text.expose()), set_aside),
                Applied::Remove => (None, false),
                Applied::Lost => return Ok(Saved::Lost),
            };
            let swapped = JsFuture::from(self.0.swap(present, next, set_aside)).await.map_err(store_error)?;
            if swapped.is_truthy() {
                return Ok(Saved::Written);
            }
        }
        Ok(Saved::Lost)
    }
}

impl Store for WebStore {
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        boxed(async {
            let lock = Guard(self.0.lock());
            JsFuture::from(lock.0.granted()).await.map_err(store_error)?;
            Ok(Box::new(lock) as LockGuard)
        })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        boxed(self.read())
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        boxed(self.write(write))
    }
}

impl fmt::Debug for WebStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebStore")
    }
}

struct Guard(JsLock);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// The error whose name a store has rejected with.
fn store_error(name: JsValue) -> StoreError {
    let name = name.as_string();
    let problem = match name.as_deref() {
        Some("QuotaExceededError") => StoreProblem::Full,
        Some("SecurityError" | "NotAllowedError") => StoreProblem::Denied,
        _ => StoreProblem::Unavailable,
    };
    StoreError { problem, detail: name }
}
