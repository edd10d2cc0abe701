//! Native programs: reqwest, tokio, files.

mod answer;
mod client;
mod discovery;
#[cfg(feature = "dpop")]
mod dpop;
mod effects;
mod error;
mod events;
mod fail_point;
mod options;
mod platform;
mod request;
mod shape;
mod store;
mod timer;
mod transport;
mod wiped;

pub use client::Client;
#[cfg(feature = "dpop")]
pub use dpop::{DpopKey, DpopProof};
pub use error::RequestError;
pub use events::Events;
pub use options::{Builder, Placement};
pub(crate) use platform::Native;
pub use request::RequestBuilder;
pub use store::{BoxFuture, FileStore, LockGuard, MemoryStore, Store};
