//! Native programs: reqwest, tokio, files.

mod answer;
mod client;
mod discovery;
#[cfg(feature = "dpop")]
mod dpop;
mod effects;
mod error;
mod events;
mod exchange;
mod fail_point;
#[cfg(feature = "tower")]
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod options;
mod platform;
mod request;
mod response_body;
mod shape;
mod store;
mod timer;
mod traces;
mod transport;
mod wiped;

pub use client::Client;
#[cfg(feature = "dpop")]
pub use dpop::{DpopKey, DpopProof};
pub use error::RequestError;
pub use events::Events;
#[cfg(feature = "tower")]
pub use layer::{SessionLayer, SessionService};
#[cfg(feature = "reqwest-middleware")]
pub use middleware::SessionMiddleware;
pub use options::{Builder, Placement};
pub(crate) use platform::Native;
pub use request::RequestBuilder;
#[cfg(not(feature = "tower"))]
use response_body::ResponseBody;
#[cfg(feature = "tower")]
pub use response_body::ResponseBody;
#[cfg(feature = "keyring")]
pub use store::KeyringStore;
pub use store::{BoxFuture, FileStore, LockGuard, MemoryStore, Store};
