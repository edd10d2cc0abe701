#![doc = include_str!("../README.md")]
#![cfg_attr(
    docsrs,
    feature(doc_cfg),
    doc(auto_cfg(hide(feature = "client", target_family = "wasm", target_os = "unknown")))
)]
#![warn(missing_docs)]
// The words with which the standard library panics cost every page 200 bytes.
#![cfg_attr(all(feature = "npm", target_family = "wasm", target_os = "unknown"), no_std)]
#![cfg_attr(
    not(any(
        all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))),
        all(feature = "web", target_family = "wasm", target_os = "unknown"),
    )),
    allow(
        dead_code,
        unreachable_pub,
        unused_imports,
        reason = "the npm package needs a part of it, the core alone less"
    )
)]
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

/// The recipes of docs/backends.md compile.
#[cfg(doctest)]
#[doc = include_str!("../docs/backends.md")]
struct Backends;

extern crate alloc;

mod core;
mod driver;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))))]
mod native;
mod send;
#[cfg(all(any(feature = "web", feature = "npm"), target_family = "wasm", target_os = "unknown"))]
mod web;

/// For backends of your own: the codec of a token endpoint.
pub mod backend {
    pub use crate::core::{
        Endpoint,
        backend::{Answers, Backend, Call, CustomBackend, Fate, Outcome, Tokens, When},
        http::{HttpAnswer, HttpRequest},
        resource::{Refusal, ResourceRules},
    };
}

/// For stores of your own: where a session is kept.
#[cfg(all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))))]
pub mod store {
    pub use crate::{
        core::record::{Applied, Saved, Write},
        native::{BoxFuture, LockGuard, Store},
    };
}

pub use crate::core::{
    Claims, Delay, Denial, Error, Event, OptionError, Problem, Refusal, Revocation, Secret, SessionId, SignOutReason,
    StoreError, StoreProblem, TokenError, TokenKind,
    backend::{Credentials, FlaskJwt, Grant, OAuth2, SimpleJwt, SlidingJwt, StrictRotation, Supabase},
    machine::State,
};
pub use driver::{AccessToken, Session};
#[cfg(all(feature = "keyring", not(all(target_family = "wasm", target_os = "unknown"))))]
pub use native::KeyringStore;
#[cfg(all(feature = "reqwest-middleware", not(all(target_family = "wasm", target_os = "unknown"))))]
pub use native::SessionMiddleware;
#[cfg(all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))))]
pub use native::{Builder, Client, Events, FileStore, MemoryStore, Placement, RequestBuilder, RequestError};
#[cfg(all(feature = "dpop", not(all(target_family = "wasm", target_os = "unknown"))))]
pub use native::{DpopKey, DpopProof};
#[cfg(all(feature = "tower", not(all(target_family = "wasm", target_os = "unknown"))))]
pub use native::{ResponseBody, SessionLayer, SessionService};

/// The platform that sessions of this build stand on.
#[cfg(all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))))]
type Host = native::Native;

#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
pub use web::{Builder, WebStore};

/// The platform that sessions of this build stand on.
#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
type Host = web::Browser;

/// The core alone: it builds without any platform, and nobody can start a session.
#[cfg(not(any(
    all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))),
    all(feature = "web", target_family = "wasm", target_os = "unknown"),
)))]
type Host = ();
