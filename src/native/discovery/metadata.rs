//! What an OAuth 2.0 issuer publishes about itself (RFC 8414, OpenID Connect Discovery 1.0).

use crate::core::{
    backend::OAuth2,
    error::{Error, Problem},
    http::{HttpAnswer, HttpRequest},
    json::Value,
    origin::Endpoint,
    secret::Secret,
    text::join,
};

/// An issuer that is asked for its endpoints.
pub(super) struct Issuer {
    origin: String,
    /// Without a slash at its end.
    path: String,
}

impl Issuer {
    pub(super) fn parse(url: &str) -> Result<Self, Error> {
        let endpoint = Endpoint::parse(url, "issuer")?;
        let origin = endpoint.origin();
        let path = endpoint.url().get(origin.len()..).unwrap_or_default();
        Ok(Self { origin: origin.into(), path: path.strip_suffix('/').unwrap_or(path).into() })
    }

    /// Where its metadata may be: RFC 8414's address comes before OpenID Connect's.
    pub(super) fn requests(&self) -> [HttpRequest; 2] {
        let (origin, path) = (&self.origin, &self.path);
        [
            join(&[origin, "/.well-known/oauth-authorization-server", path]),
            join(&[origin, path, "/.well-known/openid-configuration"]),
        ]
        .map(|url| HttpRequest::new("GET", url))
    }

    /// The client that an answer describes; nothing where there is no metadata at this address.
    ///
    /// # Errors
    /// [`Error::Misconfigured`] for metadata of another issuer, which may come from an attacker (RFC 8414 section 3.3), or
    /// without a token endpoint; [`Error::Unavailable`] for a server in trouble.
    pub(super) fn read(&self, answer: &HttpAnswer, client_id: &str) -> Result<Option<OAuth2>, Error> {
        let status = answer.status;
        if status == 429 || status >= 500 {
            return Err(Error::Unavailable { problem: Problem::Status(status), retry_after: answer.retry_after });
        }
        let Some(metadata) = Value::parse(answer.body.expose()).filter(|value| status == 200 && value.is_object())
        else {
            return Ok(None);
        };
        let named = metadata.text("issuer");
        let named = named.as_ref().map_or("", Secret::expose);
        if named.strip_suffix('/').unwrap_or(named) != join(&[&self.origin, &self.path]) {
            return Err(Error::Misconfigured { problem: Problem::OtherIssuer });
        }
        let Some(endpoint) = metadata.text("token_endpoint") else {
            return Err(Error::Misconfigured { problem: Problem::NoTokenEndpoint });
        };
        let client = OAuth2::new(endpoint.expose(), client_id)?;
        match metadata.text("revocation_endpoint") {
            Some(revocation) => client.revocation_endpoint(revocation.expose()).map(Some),
            None => Ok(Some(client)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::backend::Backend;

    const METADATA: &str = r#"{"issuer":"https://id.example.com/realms/app","token_endpoint":"https://id.example.com/token",
        "revocation_endpoint":"https://id.example.com/revoke"}"#;

    fn read(issuer: &str, status: u16, body: &str) -> Result<Option<OAuth2>, Error> {
        Issuer::parse(issuer).unwrap().read(&HttpAnswer::new(status, body), "app")
    }

    #[test]
    fn metadata_are_below_the_host_or_below_the_issuer() {
        let urls =
            |issuer: &str| Issuer::parse(issuer).unwrap().requests().map(|request| request.url.expose().to_owned());
        let root = "https://id.example.com/.well-known";
        assert_eq!(
            urls("https://id.example.com"),
            [format!("{root}/oauth-authorization-server"), format!("{root}/openid-configuration")]
        );
        let realm = "https://id.example.com/realms/app/.well-known/openid-configuration";
        assert_eq!(
            urls("https://id.example.com/realms/app/"),
            [&format!("{root}/oauth-authorization-server/realms/app"), realm]
        );
    }

    #[test]
    fn endpoints_are_read_from_the_metadata_of_this_issuer_alone() {
        let client = read("https://id.example.com/realms/app/", 200, METADATA).unwrap().unwrap();
        assert_eq!(client.endpoint().url(), "https://id.example.com/token");
        assert!(client.other_endpoints().iter().any(|endpoint| endpoint.url() == "https://id.example.com/revoke"));
        let other = read("https://id.example.com", 200, METADATA).unwrap_err();
        assert_eq!(other, Error::Misconfigured { problem: Problem::OtherIssuer });
        let without = read("https://id.example.com", 200, r#"{"issuer":"https://id.example.com"}"#).unwrap_err();
        assert_eq!(without, Error::Misconfigured { problem: Problem::NoTokenEndpoint });
    }

    #[test]
    fn a_server_in_trouble_is_not_one_without_metadata() {
        for (status, body) in [(404, METADATA), (200, "<html>"), (200, "[]"), (0, "")] {
            assert!(matches!(read("https://id.example.com/realms/app", status, body), Ok(None)), "{status} {body}");
        }
        for status in [429, 500, 503] {
            assert_eq!(read("https://id.example.com", status, METADATA).unwrap_err().code(), "unavailable");
        }
    }
}
