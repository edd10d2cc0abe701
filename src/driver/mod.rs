//! Carries out the machine's effects on a platform.

mod effects;
mod platform;
mod session;
mod timer;

pub use platform::{LockGuard, Platform, Store};
pub use session::Session;
