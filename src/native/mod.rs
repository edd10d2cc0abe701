//! Native programs: reqwest, tokio, files.

mod client;
mod events;
mod options;
mod platform;
mod request;
mod store;
mod transport;

pub use client::Client;
pub use events::Events;
pub use options::{Builder, Placement};
pub use platform::{AccessToken, Native};
pub use request::RequestBuilder;
pub use store::{FileStore, MemoryStore};
