//! What a session does, for subscribers of `tracing`. Nothing here holds a secret; without the feature there is nothing here.

#[cfg(not(feature = "tracing"))]
mod silent;
#[cfg(feature = "tracing")]
mod spoken;

#[cfg(not(feature = "tracing"))]
pub(super) use silent::{Traces, sent_again};
#[cfg(feature = "tracing")]
pub(super) use spoken::{Traces, sent_again};
