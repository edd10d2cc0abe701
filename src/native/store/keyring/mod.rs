//! A session in the operating system's keyring.

mod system;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use keyring_core::{CredentialStore, Entry, Error as KeyringError, Result as KeyringResult};
use tokio::sync::oneshot;

use super::{
    BoxFuture, LockGuard, Store,
    lock_file::{self, blocking_under},
};
use crate::{
    core::{Saved, Secret, StoreError, StoreProblem, Write, record::Applied},
    native::wiped::{Wiped, into_text},
};

/// Keeps the record in the user's keyring: the keychain of macOS, the Credential Manager of Windows, elsewhere the Secret
/// Service (GNOME Keyring, KWallet).
///
/// ```no_run
/// # async fn session(backend: evertoken::SimpleJwt) -> Result<(), evertoken::Error> {
/// use evertoken::{KeyringStore, Session};
///
/// let store = KeyringStore::new("com.example.app", "https://api.example.com");
/// let session = Session::builder(backend).store(store).build().await?;
/// # Ok(())
/// # }
/// ```
///
/// Keyrings know no locks, so processes take turns by file locks, as with [`FileStore`](crate::FileStore): two empty files in
/// `evertoken` in the directory for the user's state, which [`lock_directory`](Self::lock_directory) replaces. Text that is no
/// record is set aside under the user's name with `.set-aside-1` and so on after it.
///
/// - A keyring that is locked asks the user, or refuses (`store-denied`). A session waits five seconds for a store; after that
///   it is signed out, and [`Session::look`](crate::Session::look) makes it look again. A program that ends waits for what is
///   being written, and for nothing that is being read.
/// - Where no keyring runs (servers, containers, `cron`), the session goes on in memory and says so: `store-unavailable`.
/// - Windows keeps no more than 2560 bytes. The record is its tokens and 300 bytes at most; what does not fit is `store-full`,
///   and the session goes on in memory. For tokens that long use a `FileStore`. What is kept stays on this machine.
#[derive(Clone)]
pub struct KeyringStore {
    /// `None` is the system's.
    keyring: Option<Arc<CredentialStore>>,
    service: String,
    user: String,
    locks: Option<PathBuf>,
}

impl KeyringStore {
    /// A store in the system's keyring. `service` names the program, `user` the session within it; a user of the program may
    /// get to see both.
    #[must_use]
    pub fn new(service: impl Into<String>, user: impl Into<String>) -> Self {
        Self { keyring: None, service: service.into(), user: user.into(), locks: system::lock_directory() }
    }

    /// A store in another keyring, for instance the kernel's.
    #[must_use]
    pub fn within(keyring: Arc<CredentialStore>, service: impl Into<String>, user: impl Into<String>) -> Self {
        Self { keyring: Some(keyring), ..Self::new(service, user) }
    }

    /// Where the lock files are. All processes that share the session must name the same directory, and nobody else may write
    /// there. Default: `evertoken` in `$XDG_STATE_HOME` or `~/.local/state`; in `~/Library/Application Support` on macOS; in
    /// `%LOCALAPPDATA%` on Windows.
    #[must_use]
    pub fn lock_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.locks = Some(directory.into());
        self
    }

    async fn hold(&self, suffix: &str) -> Result<File, StoreError> {
        let directory = self.locks.as_deref().ok_or(StoreError::new(StoreProblem::Unavailable))?;
        lock_file::hold(self.lock_path(directory, suffix)).await
    }

    fn lock_path(&self, directory: &Path, suffix: &str) -> PathBuf {
        directory.join([&plain(&self.service), "@", &plain(&self.user), suffix].concat())
    }

    fn entry(&self, user: &str) -> KeyringResult<Entry> {
        match &self.keyring {
            Some(keyring) => keyring.build(&self.service, user, None),
            None => system::keyring()?.build(&self.service, user, Some(&system::modifiers())),
        }
    }

    /// The `.write` lock must be held.
    fn write(&self, write: &Write) -> Result<Saved, StoreError> {
        let entry = self.entry(&self.user)?;
        let present = read(&entry)?;
        // What is not UTF-8 is no record, and neither is an empty text.
        match write.onto(present.as_ref().map(|bytes| str::from_utf8(bytes).unwrap_or_default())) {
            Applied::Put { text, set_aside } => {
                if let Some(bytes) = present.as_ref().filter(|_| set_aside) {
                    self.set_aside(bytes)?;
                }
                entry.set_secret(text.expose().as_bytes())?;
            }
            Applied::Remove if present.is_some() => entry.delete_credential()?,
            Applied::Remove => {}
            Applied::Lost => return Ok(Saved::Lost),
        }
        Ok(Saved::Written)
    }

    /// Keeps what is no record under a name that nothing has yet.
    fn set_aside(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut number = 1_u64;
        loop {
            let entry = self.entry(&format!("{}.set-aside-{number}", self.user))?;
            if read(&entry)?.is_none() {
                return Ok(entry.set_secret(bytes)?);
            }
            number += 1;
        }
    }
}

impl Store for KeyringStore {
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        Box::pin(async { Ok(Box::new(self.hold(".lock").await?) as LockGuard) })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        let store = self.clone();
        Box::pin(apart(move || Ok(read(&store.entry(&store.user)?)?.map(into_text))))
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        Box::pin(async {
            let lock = self.hold(".write").await?;
            let (store, write) = (self.clone(), write.clone());
            blocking_under(lock, move || store.write(&write)).await
        })
    }
}

/// Runs work on a thread that no runtime waits for when it ends: the keyring may have asked a user who never answers.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (tell, told) = oneshot::channel();
    thread::Builder::new().spawn(move || tell.send(work()))?;
    told.await.unwrap_or(Err(StoreError::new(StoreProblem::Unavailable)))
}

fn read(entry: &Entry) -> KeyringResult<Option<Wiped>> {
    match entry.get_secret() {
        Ok(bytes) => Ok(Some(Wiped::new(bytes))),
        Err(KeyringError::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A name that every file system takes, no two of them the same.
fn plain(name: &str) -> String {
    let letter = |byte: u8| match byte {
        b'-' | b'_' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    name.bytes().map(letter).collect()
}

impl From<KeyringError> for StoreError {
    fn from(error: KeyringError) -> Self {
        Self::new(match error {
            KeyringError::NoStorageAccess(_) => StoreProblem::Denied,
            KeyringError::TooLong(..) => StoreProblem::Full,
            _ => StoreProblem::Unavailable,
        })
    }
}

impl fmt::Debug for KeyringStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyringStore").field("service", &self.service).field("user", &self.user).finish_non_exhaustive()
    }
}
