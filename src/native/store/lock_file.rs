//! The operating system's file locks: they end with their process.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use super::blocking;
use crate::core::StoreError;

/// How often a lock that somebody else holds is tried again.
pub(super) const POLL: Duration = Duration::from_millis(25);

/// Takes the lock of the file at `path`, which is made where it is missing. It is asked for again and again: a wait inside
/// the operating system could not be given up, and the holder may have been stopped.
pub(super) async fn hold(path: PathBuf) -> Result<File, StoreError> {
    let file = blocking(move || Ok(open(&path)?)).await?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(POLL).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
}

/// Runs work that may block under a lock, held to the end of the work even if nobody waits for it any more.
pub(super) async fn blocking_under<T: Send + 'static>(
    lock: File,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    blocking(move || {
        let done = work();
        drop(lock);
        done
    })
    .await
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(directory) = directory(path) {
        make_directory(directory)?;
    }
    private(OpenOptions::new().create(true).truncate(false)).open(path)
}

/// Makes a directory and those above it, where they are missing, for the owner alone.
fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Opens for writing, for the owner alone.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.write(true)
}

/// The directory that a path names, if any.
pub(super) fn directory(path: &Path) -> Option<&Path> {
    path.parent().filter(|parent| !parent.as_os_str().is_empty())
}
