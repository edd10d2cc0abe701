#![doc = "Keeps a signed-in session alive."]
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod core;
pub mod send;
pub use crate::core::{Claims, TokenError};
