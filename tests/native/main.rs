//! Sessions and clients of native programs, against real servers on this machine.

mod common;

mod backends;
mod bad_answers;
mod bad_options;
mod bad_tokens;
mod bodies;
mod cancellation;
mod discovery;
#[cfg(feature = "dpop")]
mod dpop;
mod file_store;
#[cfg(feature = "keyring")]
mod keyring;
#[cfg(feature = "fail-points")]
mod killed;
mod late_answers;
#[cfg(feature = "tower")]
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod one_refresh;
mod origins;
mod own_backend;
mod placement;
mod processes;
mod refusals;
mod renewal;
mod requests;
mod secrets;
mod session_end;
mod sign_in;
mod simplejwt;
mod simplejwt_restart;
mod stuck_store;
#[cfg(feature = "tracing")]
mod traces;
mod unauthorized;
#[cfg(unix)]
mod unwritable;
