//! Browsers, workers and Node: the platform over JavaScript's own fetch, timers, locks and channels.

mod channel;
#[cfg(feature = "npm")]
mod exports;
mod global;
mod lifecycle;
mod locks;
mod options;
mod platform;
mod store;
mod transport;

pub use options::Builder;
pub use platform::Browser;
pub use store::{IndexedDbStore, PageStore, SessionStorageStore};
