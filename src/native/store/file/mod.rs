//! A session in a file that survives crashes, shared by the processes of one user.

#[cfg(test)]
mod tests;

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
};

use super::{
    BoxFuture, LockGuard, Store, blocking,
    lock_file::{self, blocking_under, directory, private},
};
use crate::{
    core::{Saved, Secret, StoreError, Write, record::Applied},
    native::{
        fail_point::fail_point,
        wiped::{Wiped, into_text},
    },
};

/// Keeps the record in a file.
///
/// The file belongs to its owner alone from its creation on (mode 0600), and is replaced in one step: a temporary
/// file beside it is written, flushed to the disk and renamed over it, and the directory is flushed, so that a crash
/// leaves the old record or the new one. Siblings appear beside it: `.lock`, held during a refresh, `.write`, held for
/// the moment of a write, and `.set-aside-1` and so on: what was there when it was no record.
///
/// The lock is the operating system's file lock: it ends with its process. Network file systems may not honour it.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// A store in the file at `path`. Its directory is made when the first session is stored, for its owner alone (mode
    /// 0700). Put it where the user's programs keep their state, not where others may write: `$XDG_STATE_HOME`, say.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn sibling(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.file_name().map(OsString::from).unwrap_or_default();
        name.push(suffix);
        self.path.with_file_name(name)
    }

    /// Takes the lock of a sibling.
    async fn hold(&self, suffix: &'static str) -> Result<File, StoreError> {
        let file = lock_file::hold(self.sibling(suffix)).await?;
        fail_point(suffix);
        Ok(file)
    }

    /// The file's bytes, which are wiped afterwards.
    fn read(&self) -> io::Result<Option<Wiped>> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        // Room for all of them from the beginning: a buffer that grows leaves copies behind.
        let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let mut bytes = Wiped::default();
        bytes.try_reserve_exact(size)?;
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// The `.write` lock must be held.
    fn write(&self, write: &Write) -> io::Result<Saved> {
        let present = self.read()?;
        // What is not UTF-8 is no record, and neither is an empty text.
        match write.onto(present.as_ref().map(|bytes| str::from_utf8(bytes).unwrap_or_default())) {
            Applied::Put { text, set_aside } => {
                if let Some(bytes) = present.as_ref().filter(|_| set_aside) {
                    self.set_aside(bytes)?;
                }
                self.replace(text)?;
            }
            Applied::Remove if present.is_some() => {
                fs::remove_file(&self.path)?;
                flush_directory(&self.path)?;
            }
            Applied::Remove => {}
            Applied::Lost => return Ok(Saved::Lost),
        }
        Ok(Saved::Written)
    }

    /// The write lock is held, so one temporary name is enough; what an earlier crash left there is overwritten.
    fn replace(&self, text: &Secret) -> io::Result<()> {
        let temporary = self.sibling(".tmp");
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        create(&temporary, text.expose().as_bytes())?;
        fs::rename(&temporary, &self.path)?;
        fail_point("renamed");
        flush_directory(&self.path)?;
        fail_point("flushed");
        Ok(())
    }

    /// Keeps what is no record under a name that nothing has yet.
    fn set_aside(&self, bytes: &[u8]) -> io::Result<()> {
        let mut number = 1_u64;
        loop {
            match create(&self.sibling(&format!(".set-aside-{number}")), bytes) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                result => return result,
            }
        }
    }
}

impl Store for FileStore {
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        Box::pin(async { Ok(Box::new(self.hold(".lock").await?) as LockGuard) })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        let store = self.clone();
        Box::pin(blocking(move || Ok(store.read()?.map(into_text))))
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        Box::pin(async {
            let lock = self.hold(".write").await?;
            let (store, write) = (self.clone(), write.clone());
            blocking_under(lock, move || Ok(store.write(&write)?)).await
        })
    }
}

/// Writes a new file, down to the disk.
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private(OpenOptions::new().create_new(true)).open(path)?;
    fail_point("created");
    let written = file.write_all(bytes).and_then(|()| {
        fail_point("written");
        file.sync_all()
    });
    if written.is_err() {
        // Half a file is of no use to anybody, and may hold half a token.
        let _ = fs::remove_file(path);
    }
    written
}

/// Makes a rename or removal durable; other systems than Unix do it by themselves or not at all.
fn flush_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(directory(path).unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
