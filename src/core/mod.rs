//! The session logic: plain values, pure functions and one sans-IO state machine.
//!
//! Nothing here reads a clock, draws a random number, performs I/O or knows a platform. Time and randomness come
//! in with each input, so every rule can be tested and model-checked on virtual time.

#![forbid(unsafe_code)]

pub mod backend;
pub(crate) mod error;
pub(crate) mod event;
pub mod http;
pub mod json;
pub(crate) mod jwt;
pub(crate) mod lifetime;
pub mod machine;
pub(crate) mod origin;
pub(crate) mod policy;
pub(crate) mod record;
pub(crate) mod secret;
pub(crate) mod text;
pub(crate) mod time;

pub use error::{Error, OptionError, Problem, StoreError, StoreProblem};
pub use event::{Event, Hint, Revocation, SignOutReason};
pub use jwt::{Claims, TokenError, TokenKind};
pub use lifetime::{Receipt, Timing};
pub use origin::{Endpoint, Origin, permitted_origins};
pub use policy::{DEFAULT_REFRESH_AHEAD, Phase, Policy, refresh_ahead};
pub use record::{Applied, Basis, Record, RecordError, Saved, SessionId, Stamp, Write};
pub use secret::Secret;
pub use time::Now;
