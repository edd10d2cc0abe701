//! A session in sessionStorage: it survives a reload and belongs to one tab.

use web_sys::Storage;

use super::{super::global::global, store_error};
use crate::{
    core::{Saved, Secret, StoreError, StoreProblem, Write, record::Applied},
    driver::{LockGuard, Store},
    send::{BoxFuture, boxed},
};

/// Keeps the record in the tab's sessionStorage. A duplicated tab starts with a copy of it, and its first refresh
/// ends one of the two: use IndexedDB where users duplicate tabs.
#[derive(Clone, Debug)]
pub struct SessionStorageStore {
    key: String,
}

impl SessionStorageStore {
    /// A store for sessions with this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { key: ["evertoken:", name].concat() }
    }

    fn read(&self) -> Result<Option<Secret>, StoreError> {
        Ok(storage()?.get_item(&self.key).map_err(store_error)?.map(Secret::from))
    }

    fn write(&self, write: &Write) -> Result<Saved, StoreError> {
        let storage = storage()?;
        let present = self.read()?;
        match write.onto(present.as_ref().map(Secret::expose)) {
            Applied::Put { text, set_aside } => {
                if let Some(present) = present.filter(|_| set_aside) {
                    let key = [&self.key, ":set-aside"].concat();
                    storage.set_item(&key, present.expose()).map_err(store_error)?;
                }
                storage.set_item(&self.key, text.expose()).map_err(store_error)?;
            }
            Applied::Remove => storage.remove_item(&self.key).map_err(store_error)?,
            Applied::Lost => return Ok(Saved::Lost),
        }
        Ok(Saved::Written)
    }
}

fn storage() -> Result<Storage, StoreError> {
    global().session_storage().map_err(store_error)?.ok_or(StoreError::new(StoreProblem::Unavailable))
}

impl Store for SessionStorageStore {
    /// A tab's one session refreshes once at a time by itself.
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        boxed(async { Ok(Box::new(()) as LockGuard) })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        boxed(async { self.read() })
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        boxed(async { self.write(write) })
    }
}
