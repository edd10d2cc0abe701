//! Stamps: files that say from which inputs something was made, so that it is made again only when they change.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::sh::Result;

/// A stamp lies in the directory it speaks for, and so goes away with it.
pub(crate) struct Stamp {
    file: PathBuf,
    fingerprint: String,
}

impl Stamp {
    /// The stamp of this directory for these inputs.
    pub(crate) fn new(directory: &Path, inputs: &[Vec<u8>]) -> Self {
        let mut hasher = DefaultHasher::new();
        inputs.hash(&mut hasher);
        Self { file: directory.join(".stamp"), fingerprint: format!("{:016x}", hasher.finish()) }
    }

    pub(crate) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|found| found == self.fingerprint)
    }

    pub(crate) fn write(&self) -> Result {
        write(&self.file, &self.fingerprint)
    }
}

pub(crate) fn read(file: impl AsRef<Path>) -> Result<Vec<u8>> {
    let file = file.as_ref();
    fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
}

pub(crate) fn write(file: &Path, contents: impl AsRef<[u8]>) -> Result {
    fs::write(file, contents).map_err(|error| format!("cannot write {}: {error}", file.display()))
}
