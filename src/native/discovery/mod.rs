//! OAuth 2.0 endpoints by an issuer's metadata.

mod metadata;

use std::time::Duration;

use metadata::Issuer;
use tokio::time::timeout;

use super::transport::{endpoint_client, send};
use crate::core::{
    Error, Problem,
    backend::OAuth2,
    http::{REQUEST_LIMIT, TransportError},
};

impl OAuth2 {
    /// A public client by what the issuer publishes about itself (RFC 8414, OpenID Connect Discovery 1.0): its token endpoint
    /// and, where it has one, its revocation endpoint. A program that begins so needs its issuer to begin; written down,
    /// the endpoints of [`OAuth2::new`] do not.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `issuer` is no absolute `http` or `https` URL or `client_id` is empty,
    /// [`Error::Unavailable`] when it cannot be reached now, and [`Error::Misconfigured`] when there is no metadata, or
    /// those of another issuer.
    pub async fn discover(issuer: &str, client_id: &str) -> Result<Self, Error> {
        let issuer = Issuer::parse(issuer)?;
        let client = endpoint_client().map_err(|_| Error::PlatformMissing("TLS"))?;
        for request in issuer.requests() {
            let limit = Duration::from_millis(REQUEST_LIMIT.unsigned_abs());
            let answer = timeout(limit, send(&client, request)).await.unwrap_or(Err(TransportError::TimedOut));
            let unavailable =
                |error: TransportError| Error::Unavailable { problem: error.problem(), retry_after: None };
            if let Some(client) = issuer.read(&answer.map_err(unavailable)?, client_id)? {
                return Ok(client);
            }
        }
        Err(Error::Misconfigured { problem: Problem::NoMetadata })
    }
}
