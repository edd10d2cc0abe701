//! The session logic: plain values, pure functions and one sans-IO state machine.
//!
//! Nothing here reads a clock, draws a random number, performs I/O or knows a platform. Time and randomness come
//! in with each input, so every rule can be tested and model-checked on virtual time.

#![forbid(unsafe_code)]

pub(crate) mod backend;
pub(crate) mod dpop;
pub(crate) mod error;
pub(crate) mod event;
pub(crate) mod http;
pub(crate) mod json;
pub(crate) mod jwt;
pub(crate) mod lifetime;
pub(crate) mod machine;
pub(crate) mod origin;
pub(crate) mod policy;
pub(crate) mod record;
#[cfg_attr(target_family = "wasm", allow(dead_code, reason = "a page's JavaScript asks, not the core"))]
pub(crate) mod resource;
pub(crate) mod secret;
pub(crate) mod text;
pub(crate) mod time;

pub(crate) use event::Hint;
pub(crate) use origin::permitted_origins;
pub(crate) use policy::{DEFAULT_REFRESH_AHEAD, Phase, Policy, refresh_ahead};
pub(crate) use record::{Saved, Write};
pub(crate) use time::Now;

pub use error::{Error, OptionError, Problem, StoreError, StoreProblem};
pub use event::{Event, Revocation, SignOutReason};
pub use jwt::{Claims, TokenError, TokenKind};
pub use origin::Endpoint;
pub use record::SessionId;
pub use resource::{Denial, Refusal};
pub use secret::Secret;
pub use time::Delay;
