//! Carries out the machine's effects on a platform.

mod platform;
mod session;

pub use platform::{Effect, Platform};
pub use session::{Driver, Session};
