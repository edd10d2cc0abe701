//! Browsers, workers and Node: the platform over JavaScript's own fetch, timers, locks and channels. Rust front ends reach
//! it by wasm-bindgen; the npm package has a border of its own, a fraction of the size.

#[cfg(feature = "web")]
mod access_token;
#[cfg(feature = "web")]
mod host;
#[cfg(feature = "npm")]
pub(crate) mod npm;
#[cfg(feature = "web")]
mod options;
#[cfg(feature = "web")]
mod platform;
mod results;

#[cfg(feature = "web")]
pub use options::{Builder, WebStore};
#[cfg(feature = "web")]
pub(crate) use platform::Browser;

/// Random bits from a generator of numbers below 1. Names and jitter are no secrets, so `Math.random` will do.
fn random_bits(random: impl Fn() -> f64) -> u64 {
    const SIZE: f64 = 18_446_744_073_709_551_616.0;
    // A double has 53 random bits at its upper end; the second one fills the lower.
    (random() * SIZE) as u64 ^ (random() * SIZE) as u64 >> 32
}
