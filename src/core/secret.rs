//! Text that must never be shown.

use alloc::{boxed::Box, string::String};
use core::fmt;

use zeroize::Zeroize;

/// A token or password: `Debug` prints `[redacted]`, there is no `Display`, and the memory is zeroed on drop (S4).
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Hash))]
pub struct Secret(Box<str>);
impl Secret {
    /// Keeps the text, in no more room than it needs; it is zeroed when this value is dropped.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        let secret = Self(text.as_str().into());
        // Shrinking it would leave a copy behind.
        text.zeroize();
        secret
    }

    /// The text itself. Name the reason where you call this: it is what a reviewer searches for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    // Tokens are dropped in many places; the wiping is compiled once.
    #[inline(never)]
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[redacted]");
    }
}
