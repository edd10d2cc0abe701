//! The machine's rules on virtual time, one file per theme; test names begin with the rule.

mod acts;
mod context;
mod play;
mod rig;
mod server;
mod store;

// The checker needs threads.
#[cfg(not(target_family = "wasm"))]
pub(crate) mod model;

mod any_order;
mod backoff;
mod durable;
mod events;
mod fencing;
mod late_answer;
mod lost_answer;
mod outcomes;
mod sign_out;
mod single_flight;
mod sliding;
mod stored_records;
mod time;
mod token_kinds;
mod unauthorized;
mod when;
