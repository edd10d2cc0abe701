//! Carries out the machine's effects on a platform.

#![forbid(unsafe_code)]

mod access_token;
mod parked;
mod platform;
pub(crate) mod session;

#[cfg(all(test, not(target_family = "wasm")))]
mod simulation;

pub use access_token::AccessToken;
pub(crate) use parked::Parked;
pub(crate) use platform::Platform;
pub(crate) use session::Driver;
pub use session::Session;
