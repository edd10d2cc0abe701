//! What the answers of resources mean to a session.

mod challenge;
mod denial;
mod refusal;

use alloc::{borrow::Cow, string::String};

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
    /// The response header that carries a new token.
    pub(crate) token_header: Option<String>,
    /// The path of the member that asks for a refresh.
    pub(crate) flag: Option<String>,
}

static UNAUTHORIZED: [Refusal; 1] = [Refusal::status(401)];

impl ResourceRules {
    /// What HTTP says: a 401 refuses the token (RFC 9110 section 15.5.2).
    #[must_use]
    pub const fn new() -> Self {
        Self { refusals: Cow::Borrowed(&UNAUTHORIZED), token_header: None, flag: None }
    }

    /// The answers that refuse the token, in place of 401 alone.
    #[must_use]
    pub fn refresh_on(mut self, refusals: impl IntoIterator<Item = Refusal>) -> Self {
        self.refusals = refusals.into_iter().collect();
        self
    }

    /// Answers may carry a new access token in this header, with or without a scheme before it. It takes the place of the one in
    /// use if it lasts longer, or was made for that one.
    #[must_use]
    pub fn renewal_header(mut self, name: &str) -> Self {
        self.token_header = Some(name.into());
        self
    }

    /// Answers may ask for a refresh: by `true` at this path of their JSON body, names with dots between them. Natively that means
    /// to read up to 64 KB of each JSON answer before its caller gets it, whole.
    #[must_use]
    pub fn renewal_flag(mut self, path: &str) -> Self {
        self.flag = Some(path.into());
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
