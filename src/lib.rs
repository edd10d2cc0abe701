#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test may fail"
    )
)]

pub mod core;
pub mod driver;
#[cfg(all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))))]
mod native;
pub mod send;
#[cfg(all(any(feature = "web", feature = "npm"), target_family = "wasm", target_os = "unknown"))]
mod web;

pub use crate::core::{
    Applied, Claims, Error, Event, OptionError, Phase, Problem, Revocation, Saved, Secret, SignOutReason, StoreError,
    StoreProblem, TokenError, TokenKind, Write,
    backend::{Backend, Credentials, Grant, OAuth2, SimpleJwt},
    machine::State,
};
pub use driver::AccessToken;
#[cfg(all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))))]
pub use native::{
    BoxFuture, Builder, Client, Events, FileStore, LockGuard, MemoryStore, Native, Placement, RequestBuilder,
    RequestError, Store,
};

/// A session on native platforms.
#[cfg(all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))))]
pub type Session = driver::Session<Native>;

#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
pub use web::{Browser, Builder, WebStore};

/// A session in a browser.
#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
pub type Session = driver::Session<Browser>;
