//! OAuth 2.0 token endpoints (RFC 6749).

use super::{Backend, Credentials, Fate, Outcome, by_status, grant, object};
use crate::core::{
    error::{Error, OptionError, Problem},
    http::{HttpAnswer, HttpRequest},
    json::Value,
    origin::Endpoint,
    secret::Secret,
};

const FORM: &str = "application/x-www-form-urlencoded";

/// A public client of an OAuth 2.0 token endpoint: `grant_type=refresh_token` with the client id in the form
/// (RFC 6749 section 6).
///
/// The login is the application's: adopt the token pair that it yields. The resource owner password grant is left
/// out on purpose (RFC 9700 section 2.4).
#[derive(Clone, Debug)]
pub struct OAuth2 {
    token: Endpoint,
    revocation: Option<Endpoint>,
    client_id: String,
}

impl OAuth2 {
    /// A client of the token endpoint at `token_endpoint`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the endpoint is no absolute `http` or `https` URL or `client_id` is empty.
    pub fn new(token_endpoint: &str, client_id: &str) -> Result<Self, Error> {
        let token = Endpoint::parse(token_endpoint, "tokenEndpoint")?;
        if client_id.is_empty() {
            return Err(Error::InvalidOption { field: "clientId", problem: OptionError::Missing });
        }
        Ok(Self { token, revocation: None, client_id: client_id.into() })
    }

    /// A client of endpoints and with an id that the face has checked.
    #[must_use]
    #[allow(dead_code, reason = "only the npm package has one")]
    pub(crate) fn at(token: Endpoint, client_id: &str, revocation: Option<Endpoint>) -> Self {
        Self { token, revocation, client_id: client_id.into() }
    }

    /// Revokes the refresh token at this endpoint when the session signs out (RFC 7009).
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when it is no absolute `http` or `https` URL.
    pub fn revocation_endpoint(mut self, url: &str) -> Result<Self, Error> {
        self.revocation = Some(Endpoint::parse(url, "revocationEndpoint")?);
        Ok(self)
    }

    fn form(&self, endpoint: &Endpoint, fields: &[(&str, &str)]) -> HttpRequest {
        let mut form = String::new();
        for (name, value) in fields {
            form.push_str(name);
            form.push('=');
            push_encoded(&mut form, value);
            form.push('&');
        }
        form.push_str("client_id=");
        push_encoded(&mut form, &self.client_id);
        HttpRequest::post(endpoint.url().into(), FORM, form.into())
    }
}

impl Backend for OAuth2 {
    fn endpoint(&self) -> &Endpoint {
        &self.token
    }

    fn revocation(&self) -> Option<&Endpoint> {
        self.revocation.as_ref()
    }

    fn sign_in(&self, _: &Credentials) -> Option<HttpRequest> {
        None
    }

    fn refresh(&self, refresh: &Secret) -> HttpRequest {
        self.form(&self.token, &[("grant_type", "refresh_token"), ("refresh_token", refresh.expose())])
    }

    fn sign_out(&self, refresh: &Secret) -> Option<HttpRequest> {
        let fields = [("token", refresh.expose()), ("token_type_hint", "refresh_token")];
        self.revocation.as_ref().map(|endpoint| self.form(endpoint, &fields))
    }

    fn read_sign_in(&self, answer: &HttpAnswer) -> Outcome {
        self.read_refresh(answer)
    }

    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome {
        match (answer.status, object(answer)) {
            (200..=299, Some(body)) => {
                let mut grant = grant(&body, "access_token", "refresh_token");
                grant.lifetime = expires_in(&body);
                Outcome::Granted(grant)
            }
            (400..=403, Some(body)) => match body.text("error") {
                Some(error) => refusal(error.expose(), answer),
                None => by_status(answer),
            },
            _ => by_status(answer),
        }
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters, which every form decoder reads alike.
fn push_encoded(form: &mut String, value: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            form.push(char::from(byte));
        } else {
            form.push('%');
            form.extend(
                [byte >> 4, byte & 15]
                    .map(|digit| char::from(HEX.get(usize::from(digit)).copied().unwrap_or_default())),
            );
        }
    }
}

/// RFC 6749 section 5.2: `invalid_grant` is the one code that ends a session.
fn refusal(error: &str, answer: &HttpAnswer) -> Outcome {
    match error {
        "invalid_grant" => Outcome::Rejected { status: answer.status },
        "invalid_client" | "unauthorized_client" => Outcome::Misconfigured(Problem::InvalidClient),
        "temporarily_unavailable" | "server_error" | "slow_down" => Outcome::Transient {
            problem: Problem::Status(answer.status),
            fate: Fate::Unspent,
            retry_after: answer.retry_after,
        },
        _ => Outcome::Misconfigured(Problem::InvalidRequest),
    }
}

/// `expires_in` in seconds; some servers write the number as a string.
fn expires_in(body: &Value<'_>) -> Option<f64> {
    body.get("expires_in")?.as_quoted_number().filter(|seconds| seconds.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend() -> OAuth2 {
        OAuth2::new("https://as.example.com/token", "spa app").unwrap()
    }

    fn read(status: u16, body: &str) -> Outcome {
        backend().read_refresh(&HttpAnswer::new(status, body))
    }

    #[test]
    fn a_refresh_is_a_form_with_the_client_id() {
        let request = backend().refresh(&"r+/=&".into());
        assert_eq!(request.content_type, Some(FORM));
        assert_eq!(
            request.body.unwrap().expose(),
            "grant_type=refresh_token&refresh_token=r%2B%2F%3D%26&client_id=spa%20app"
        );
    }

    #[test]
    fn revocation_needs_an_endpoint() {
        assert!(backend().sign_out(&"r".into()).is_none());
        let revoking = backend().revocation_endpoint("https://as.example.com/revoke").unwrap();
        let request = revoking.sign_out(&"r".into()).unwrap();
        assert_eq!(request.url, "https://as.example.com/revoke");
        assert_eq!(request.body.unwrap().expose(), "token=r&token_type_hint=refresh_token&client_id=spa%20app");
    }

    #[test]
    fn t1_an_opaque_token_brings_its_lifetime() {
        for expires in ["60", "\"60\"", "60.0"] {
            let body = format!(r#"{{"access_token":"opaque","expires_in":{expires},"token_type":"bearer"}}"#);
            let Outcome::Granted(grant) = read(200, &body) else { panic!() };
            assert_eq!((grant.lifetime, grant.refresh), (Some(60.0), None));
        }
        for expires in ["1e999", "null", "[]", "\"soon\""] {
            let Outcome::Granted(grant) = read(200, &format!(r#"{{"expires_in":{expires}}}"#)) else { panic!() };
            assert_eq!(grant.lifetime, None, "{expires}");
        }
    }

    #[test]
    fn r7_invalid_grant_alone_ends_the_session() {
        assert!(matches!(read(400, r#"{"error":"invalid_grant"}"#), Outcome::Rejected { status: 400 }));
        for (status, error) in [(401, "invalid_client"), (400, "unauthorized_client")] {
            let outcome = read(status, &format!(r#"{{"error":"{error}"}}"#));
            assert!(matches!(outcome, Outcome::Misconfigured(Problem::InvalidClient)));
        }
        for error in ["invalid_request", "invalid_scope", "unsupported_grant_type", "use_dpop_nonce"] {
            let outcome = read(400, &format!(r#"{{"error":"{error}"}}"#));
            assert!(matches!(outcome, Outcome::Misconfigured(Problem::InvalidRequest)), "{error}");
        }
        for (status, body) in [(400, "<html>"), (401, "{}"), (403, "Forbidden"), (500, r#"{"error":"invalid_grant"}"#)]
        {
            assert!(matches!(read(status, body), Outcome::Transient { .. }), "{status} {body}");
        }
    }

    #[test]
    fn options_are_checked() {
        assert!(OAuth2::new("/token", "spa").is_err());
        assert!(OAuth2::new("https://as.example.com/token", "").is_err());
        assert!(backend().revocation_endpoint("revoke").is_err());
    }
}
