//! A session in memory: gone with the process.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{BoxFuture, LockGuard, Store};
use crate::core::{Saved, Secret, StoreError, Write, record::Applied};

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
        Box::pin(async { Ok(Box::new(Arc::clone(&self.lock).lock_owned().await) as LockGuard) })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        Box::pin(async { Ok(self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()) })
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        Box::pin(async {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::record::{Basis, Record, SessionId, Stamp, tests::record};

    fn put(session: u64, generation: u64, basis: Basis) -> Write {
        Write::put(&record(session, generation), basis)
    }

    #[tokio::test]
    async fn r9_clones_share_the_record_and_its_fence() {
        let store = MemoryStore::new();
        let clone = store.clone();
        assert_eq!(store.save(&put(1, 1, Basis::Session(None))).await.unwrap(), Saved::Written);
        assert_eq!(clone.save(&put(2, 1, Basis::Session(None))).await.unwrap(), Saved::Lost);
        let stamp = Stamp { session: SessionId::new(1), generation: 1 };
        assert_eq!(clone.save(&put(1, 2, Basis::Stamp(stamp))).await.unwrap(), Saved::Written);
        assert_eq!(store.save(&Write::clear(Basis::Stamp(stamp))).await.unwrap(), Saved::Lost);

        let text = store.load().await.unwrap().unwrap();
        assert_eq!(Record::decode(text.expose()).unwrap().stamp.generation, 2);
        assert_eq!(store.save(&Write::clear(Basis::Session(Some(stamp.session)))).await.unwrap(), Saved::Written);
        assert!(clone.load().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn r2_clones_share_the_lock() {
        let store = MemoryStore::new();
        let clone = store.clone();
        let guard = store.lock().await.unwrap();
        let mut waiting = clone.lock();
        let soon = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, &mut waiting).await.is_err());
        drop(guard);
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn s4_debug_shows_no_record() {
        let store = MemoryStore::new();
        store.save(&put(1, 1, Basis::Session(None))).await.unwrap();
        assert_eq!(format!("{store:?}"), "MemoryStore");
    }
}
