//! What the answers of resources mean to a session.

mod challenge;
mod denial;
mod refusal;

use std::borrow::Cow;

pub use denial::Denial;
pub use refusal::Refusal;

use super::error::Error;

/// What is known about the resources that take a session's tokens.
///
/// ```
/// use evertoken::backend::{Refusal, ResourceRules};
///
/// let rules = ResourceRules::new()
///     .refresh_on([Refusal::status(401), Refusal::status(403).at("code").is(&["token_not_valid"])]);
/// ```
#[derive(Clone, Debug)]
pub struct ResourceRules {
    pub(crate) refusals: Cow<'static, [Refusal]>,
}

static UNAUTHORIZED: [Refusal; 1] = [Refusal::status(401)];

impl ResourceRules {
    /// What HTTP says: a 401 refuses the token (RFC 9110 section 15.5.2).
    #[must_use]
    pub const fn new() -> Self {
        Self { refusals: Cow::Borrowed(&UNAUTHORIZED) }
    }

    /// The answers that refuse the token, in place of 401 alone.
    #[must_use]
    pub fn refresh_on(mut self, refusals: impl IntoIterator<Item = Refusal>) -> Self {
        self.refusals = refusals.into_iter().collect();
        self
    }

    /// # Errors
    /// [`Error::InvalidOption`] names the rules that make no sense.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.refusals.iter().try_for_each(Refusal::check)
    }
}

impl Default for ResourceRules {
    fn default() -> Self {
        Self::new()
    }
}
