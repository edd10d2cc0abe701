//! Browsers, workers and Node: the platform over JavaScript's own fetch, timers, locks and channels.

mod bindings;
#[cfg(feature = "npm")]
mod exports;
mod options;
mod platform;
mod store;
mod transport;

pub use options::Builder;
pub use platform::Browser;
pub use store::WebStore;
