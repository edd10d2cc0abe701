//! DPoP (RFC 9449), as far as the core knows it: tokens may be bound to a key, which it keeps with them as an opaque text.
//!
//! Only native programs with the feature `dpop` have any of it. In browsers the key is the browser's own and proofs are
//! JavaScript's affair, so there it takes up no room.

use core::fmt;

use super::{error::Problem, secret::Secret};

/// Whether tokens can be bound to a key.
pub(crate) const AVAILABLE: bool = cfg!(all(feature = "dpop", not(all(target_family = "wasm", target_os = "unknown"))));

/// What there can be with DPoP only.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
pub(crate) struct Dpop<T>(kept::Kept<T>);

// By hand, because `PhantomData` would show the name of what is not there.
impl<T: fmt::Debug> fmt::Debug for Dpop<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// The private key that a session's tokens are bound to.
pub(crate) type Key = Dpop<Secret>;

/// The proof that a request needs.
pub(crate) type Order = Dpop<ProofOf>;

/// What an answer shows that is wrong with DPoP, whatever else it means.
pub(crate) type Flaw = Dpop<Problem>;

/// What a proof is made of, beside the request.
#[derive(Clone, Debug)]
#[allow(dead_code, reason = "without DPoP nobody makes one")]
pub(crate) struct ProofOf {
    /// The private key.
    pub(crate) key: Secret,
    /// Server's clock minus the local one, in milliseconds.
    pub(crate) skew: i64,
}

impl<T> Dpop<T> {
    pub(crate) fn new(value: Option<T>) -> Self {
        Self(kept::keep(value))
    }

    pub(crate) fn get(&self) -> Option<&T> {
        kept::get(&self.0)
    }
}

impl<T> Default for Dpop<T> {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Key {
    /// What a proof with this key is made of.
    pub(crate) fn order(&self, skew: Option<i64>) -> Order {
        Dpop::new(self.get().map(|key| ProofOf { key: key.clone(), skew: skew.unwrap_or(0) }))
    }
}

#[cfg(all(feature = "dpop", not(all(target_family = "wasm", target_os = "unknown"))))]
mod kept {
    pub(super) type Kept<T> = Option<T>;

    pub(super) fn keep<T>(value: Option<T>) -> Kept<T> {
        value
    }

    pub(super) fn get<T>(kept: &Kept<T>) -> Option<&T> {
        kept.as_ref()
    }
}

#[cfg(not(all(feature = "dpop", not(all(target_family = "wasm", target_os = "unknown")))))]
mod kept {
    use core::marker::PhantomData;

    pub(super) type Kept<T> = PhantomData<T>;

    pub(super) fn keep<T>(_: Option<T>) -> Kept<T> {
        PhantomData
    }

    pub(super) fn get<T>(_: &Kept<T>) -> Option<&T> {
        None
    }
}
