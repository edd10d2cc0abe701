//! DPoP (RFC 9449): tokens that are of no use without a key.

mod key;
mod proof;
mod sending;
mod servers;

#[cfg(test)]
mod tests;

pub use key::DpopKey;
pub use proof::DpopProof;
pub(super) use sending::Prover;

use crate::core::{backend::Grant, dpop::Dpop};

impl Grant {
    /// States the key that the tokens are bound to. It is stored with them, and each request with one carries a proof.
    #[must_use]
    pub fn bound_to(mut self, key: &DpopKey) -> Self {
        self.key = Dpop::new(Some(key.export()));
        self
    }
}
