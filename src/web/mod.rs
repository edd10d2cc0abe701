//! Browsers, workers and Node: the platform over JavaScript's own fetch, timers, locks and channels.

mod access_token;
#[cfg(feature = "npm")]
mod exports;
mod host;
mod options;
mod platform;
mod results;

pub use options::{Builder, WebStore};
pub use platform::Browser;
