//! Which answers refuse the access token (Q3).

use alloc::{string::String, vec::Vec};

use crate::core::{
    error::{Error, OptionError},
    json::Value,
};

/// An answer of a resource that says "this access token is not accepted": the session refreshes, and the request is sent
/// again, once.
///
/// ```
/// use evertoken::Refusal;
///
/// // Django REST framework with `SessionAuthentication` first, and an API that says everything with HTTP 200.
/// let django = Refusal::status(403).at("code").is(&["token_not_valid"]);
/// let envelope = Refusal::status(200).at("code").is(&["1003"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    at: String,
    is: Vec<String>,
}

impl Refusal {
    /// Any answer of this status, from 400 to 499; with [`at`](Self::at) and [`is`](Self::is) of any status.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self { status, at: String::new(), is: Vec::new() }
    }

    /// Only with a JSON body that has one of the [values](Self::is) at this path: names, and indexes of arrays, with dots between
    /// them, such as `errors.0.extensions.code`. Of an answer of this status up to 64 KB are read before the caller gets it, whole.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.at = path.into();
        self
    }

    /// The values at the path that refuse the token: texts, or numbers and words as they are written.
    #[must_use]
    pub fn is(mut self, values: &[&str]) -> Self {
        self.is = values.iter().copied().map(String::from).collect();
        self
    }

    pub(crate) fn is_of(&self, status: u16) -> bool {
        self.status == status
    }

    /// Whether the status says nothing without the body.
    pub(crate) fn looks_at_body(&self) -> bool {
        !self.at.is_empty()
    }

    pub(crate) fn is_said_by(&self, body: &str) -> bool {
        let said = Value::parse(body).and_then(|body| body.at(&self.at)?.plain());
        said.is_some_and(|said| self.is.iter().any(|value| value == said.expose()))
    }

    /// # Errors
    /// [`Error::InvalidOption`] for a rule that would fit no answer, or every one.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let fits = match self.looks_at_body() {
            true => (200..600).contains(&self.status) && !self.is.is_empty(),
            false => (400..500).contains(&self.status) && self.is.is_empty(),
        };
        if fits { Ok(()) } else { Err(Error::InvalidOption { field: "refreshOn", problem: OptionError::NotARefusal }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q3_a_body_says_it_at_the_path_in_one_of_the_values() {
        let rule = Refusal::status(403).at("error.code").is(&["token_not_valid", "1003", "true"]);
        for body in [
            r#"{"error":{"code":"token_not_valid"}}"#,
            r#"{"error":{"code":"token\u005fnot_valid"}}"#,
            r#"{"error":{"code":1003,"more":[]}}"#,
            r#"{"error":{"code":true}}"#,
        ] {
            assert!(rule.is_said_by(body), "{body}");
        }
        for body in [
            "",
            "token_not_valid",
            r#"{"error":"token_not_valid"}"#,
            r#"{"error.code":"token_not_valid"}"#,
            r#"{"error":{"code":["token_not_valid"]}}"#,
            r#"{"error":{"code":null}}"#,
            r#"{"error":{"code":"token_not_valid"}"#,
        ] {
            assert!(!rule.is_said_by(body), "{body}");
        }
    }

    #[test]
    fn q3_a_rule_that_fits_nothing_or_everything_is_refused() {
        let refusals = [
            Refusal::status(200),
            Refusal::status(500),
            Refusal::status(401).is(&["1"]),
            Refusal::status(401).at("code"),
            Refusal::status(99).at("code").is(&["1"]),
        ];
        for refusal in refusals {
            assert!(refusal.check().is_err(), "{refusal:?}");
        }
        for refusal in [Refusal::status(401), Refusal::status(419), Refusal::status(200).at("code").is(&["1"])] {
            assert!(refusal.check().is_ok(), "{refusal:?}");
        }
    }
}
