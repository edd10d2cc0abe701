//! What a request can fail with.

use std::fmt;

use crate::core::Error;

/// Why a request of a [`Client`](super::Client) has no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The session could not provide the token that the request needs.
    Session(Error),
    /// The request itself failed.
    Http(reqwest::Error),
}

impl RequestError {
    /// The stable code: the session's, or `request-failed`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Session(error) => error.code(),
            Self::Http(_) => "request-failed",
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(error) => error.fmt(f),
            Self::Http(_) => f.write_str("The request failed."),
        }
    }
}

impl std::error::Error for RequestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Session(error) => error.source(),
            Self::Http(error) => Some(error),
        }
    }
}

impl From<Error> for RequestError {
    fn from(error: Error) -> Self {
        Self::Session(error)
    }
}

impl From<reqwest::Error> for RequestError {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}
