//! Where native programs keep a session.

mod file;
mod memory;

pub use file::FileStore;
pub use memory::MemoryStore;
