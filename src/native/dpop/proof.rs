//! The proof of one request (RFC 9449 section 4.2).

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use reqwest::Url;

use super::{
    DpopKey,
    key::{base64url, hash},
};
use crate::core::{Error, OptionError, json::Writer};

/// A proof that is being made; begin with [`DpopKey::proof`].
#[derive(Debug)]
#[must_use = "a proof is nothing until it is signed"]
pub struct DpopProof<'a> {
    key: &'a DpopKey,
    method: &'a str,
    url: String,
    nonce: Option<&'a str>,
    access_token: Option<&'a str>,
    skew: i64,
}

impl<'a> DpopProof<'a> {
    pub(super) fn new(key: &'a DpopKey, method: &'a str, url: &str) -> Result<Self, Error> {
        let url = Url::parse(url).map_err(|_| Error::InvalidOption { field: "url", problem: OptionError::NotAUrl })?;
        let url = url.origin().ascii_serialization() + url.path();
        Ok(Self { key, method, url, nonce: None, access_token: None, skew: 0 })
    }

    /// The server's last `DPoP-Nonce`. A server that gave none must be sent none.
    pub fn nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// The access token that goes along with the request.
    pub fn access_token(mut self, token: &'a str) -> Self {
        self.access_token = Some(token);
        self
    }

    /// For a server that has given this nonce or none, and whose clock minus the local one is `skew` milliseconds.
    pub(super) fn to(mut self, nonce: Option<&'a str>, skew: i64) -> Self {
        (self.nonce, self.skew) = (nonce, skew);
        self
    }

    /// The value of the request's header `DPoP`. Servers take each proof once: sign another one for each sending.
    ///
    /// # Errors
    /// [`Error::PlatformMissing`] when the operating system has no randomness.
    pub fn sign(self) -> Result<String, Error> {
        let mut id = [0; 16];
        rand::fill(&mut id).map_err(|_| Error::PlatformMissing("randomness"))?;
        let claims = Writer::object()
            .text("jti", &base64url(&id))
            .text("htm", self.method)
            .text("htu", &self.url)
            .integer("iat", now().saturating_add(self.skew).div_euclid(1000))
            .optional_text("nonce", self.nonce)
            .optional_text("ath", self.access_token.map(hash).as_deref())
            .end();
        self.key.signed(&claims)
    }
}

/// The local clock, in milliseconds since the Unix epoch.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
