//! A session in memory: gone with the process.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    core::{Saved, Secret, StoreError, Write, record::Applied},
    driver::{LockGuard, Store},
    send::{BoxFuture, boxed},
};

/// Keeps the record in memory. Clones share it, so several sessions of one process can stand on one store.
#[derive(Clone, Default)]
pub struct MemoryStore {
    text: Arc<Mutex<Option<Secret>>>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        boxed(async { Ok(Box::new(Arc::clone(&self.lock).lock_owned().await) as LockGuard) })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        boxed(async { Ok(self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()) })
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        boxed(async {
            let mut text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
            *text = match write.onto(text.as_ref().map(Secret::expose)) {
                Applied::Put { text, .. } => Some(text.clone()),
                Applied::Remove => None,
                Applied::Lost => return Ok(Saved::Lost),
            };
            Ok(Saved::Written)
        })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore")
    }
}
