//! HTTP as plain values: what a codec asks for and what came back.

use alloc::{string::String, vec::Vec};

use super::{
    dpop::{Flaw, Order},
    error::Problem,
    secret::Secret,
    time::Delay,
};

/// A request to a backend's own endpoint. Platforms send it as it is, follow no redirect, and always add
/// `Accept: application/json` (oidc-provider answers errors as HTML pages otherwise).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpRequest {
    /// Method as on the wire, such as `POST`.
    pub method: String,
    /// Absolute URL; some servers want a token in it.
    pub url: Secret,
    /// Names and values of the headers.
    pub headers: Vec<(String, Secret)>,
    /// Body; it holds credentials or tokens.
    pub body: Option<Secret>,
    /// The proof that goes along.
    pub(crate) proof: Order,
}

impl HttpRequest {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, url: impl Into<Secret>) -> Self {
        Self { method: method.into(), url: url.into(), headers: Vec::new(), body: None, proof: Order::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Secret>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body; `Content-Type` is a header of its own.
    #[must_use]
    pub fn body(mut self, body: impl Into<Secret>) -> Self {
        self.body = Some(body.into());
        self
    }
}

/// An answer of a backend's endpoint, as far as codecs need it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HttpAnswer {
    /// Status code. A redirect that the platform may not show is 0 (a browser's `opaqueredirect`).
    pub status: u16,
    /// The `Date` header in milliseconds since the Unix epoch, where it is readable.
    pub(crate) date: Option<i64>,
    /// The `Retry-After` header, both forms of RFC 9110 section 10.2.3.
    pub retry_after: Option<Delay>,
    /// What the platform has found wrong with it.
    pub(crate) flaw: Flaw,
    /// The body as text; empty when it was not UTF-8.
    pub body: Secret,
}

impl HttpAnswer {
    /// An answer without the headers that matter, for the tests of a codec.
    #[must_use]
    pub fn new(status: u16, body: &str) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }
}

impl Default for Secret {
    fn default() -> Self {
        "".into()
    }
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The request never left: no connection, no name, no route.
    Unreachable,
    /// The connection broke, or the platform does not say why; the server may have acted on the request.
    Interrupted,
    /// No answer within the time limit; the server may have acted on the request.
    TimedOut,
    /// The answer is larger than any token endpoint's ([`MAX_ANSWER`]).
    TooLarge,
}

impl TransportError {
    pub(crate) fn problem(self) -> Problem {
        match self {
            Self::Unreachable => Problem::Unreachable,
            Self::Interrupted => Problem::ConnectionLost,
            Self::TimedOut => Problem::TimedOut,
            Self::TooLarge => Problem::NotAnAnswer(200),
        }
    }
}

/// How long a request to a backend may take before it counts as timed out, in milliseconds really lived through.
pub(crate) const REQUEST_LIMIT: i64 = 15_000;

/// The largest answer that is read, in bytes. Token pairs are a few kilobytes.
pub(crate) const MAX_ANSWER: usize = 1 << 20;
