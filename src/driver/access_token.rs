//! What a caller holds of a token.

use alloc::sync::Arc;

use crate::core::machine::Token;

/// A live access token. It derefs to nothing and prints nothing: say [`as_str`](Self::as_str) where you send it.
#[derive(Clone, Debug)]
pub struct AccessToken(pub(crate) Arc<Token>);

impl AccessToken {
    /// The token's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.access.expose()
    }

    /// The generation of the record that it belongs to.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.stamp.generation
    }
}
