//! Where native programs keep a session.

mod file;
#[cfg(feature = "keyring")]
mod keyring;
mod lock_file;
mod memory;

use std::{
    fmt,
    future::Future,
    io::{self, ErrorKind},
    pin::Pin,
};

pub use file::FileStore;
#[cfg(feature = "keyring")]
pub use keyring::KeyringStore;
pub use memory::MemoryStore;

use crate::core::{Saved, Secret, StoreError, StoreProblem, Write};

/// What a store's methods return, so that stores can be chosen at run time.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a session's record is kept: one text under one name, replaced atomically.
///
/// A store is dumb on purpose. [`Write::onto`] decides what happens to the text; the store only has to read,
/// decide and write in one step that no other writer can come between.
///
/// The session bounds every wait by dropping the future. A write that goes on all the same does no harm: it is fenced.
pub trait Store: fmt::Debug + Send + Sync {
    /// Takes the exclusive lock that all contexts of this store share; dropping the guard releases it, and so does
    /// dropping the future in the middle.
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>>;

    /// Reads the text.
    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>>;

    /// Carries out a write; when this returns [`Saved::Written`], a crash does not undo it.
    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>>;
}

/// Holds a store's lock until it is dropped.
pub type LockGuard = Box<dyn Send>;

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        let problem = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StoreProblem::Full,
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreProblem::Denied,
            _ => StoreProblem::Unavailable,
        };
        Self { problem, os_error: error.raw_os_error() }
    }
}

/// Runs work where it may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(StoreError::new(StoreProblem::Unavailable)))
}
