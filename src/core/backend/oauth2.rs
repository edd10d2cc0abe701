//! OAuth 2.0 token endpoints (RFC 6749).

use alloc::string::String;

use super::{
    custom::{Answers, Call, CustomBackend, When},
    presets::Described,
};
use crate::core::{
    error::{Error, OptionError},
    origin::Endpoint,
    secret::Secret,
    text::push_field,
};

/// A client of an OAuth 2.0 token endpoint: `grant_type=refresh_token` with the client id in the form
/// (RFC 6749 section 6).
///
/// The login is the application's: adopt the token pair that it yields. The resource owner password grant is left
/// out on purpose (RFC 9700 section 2.4).
///
/// ```
/// use evertoken::OAuth2;
///
/// let backend = OAuth2::new("https://id.example.com/oauth/token", "my-app")?
///     .scope("openid api:read")?
///     .revocation_endpoint("https://id.example.com/oauth/revoke")?;
/// # Ok::<(), evertoken::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OAuth2 {
    endpoint: Endpoint,
    revocation: Option<Endpoint>,
    client_id: String,
    client: Client,
    /// What a refresh says besides, as form fields.
    parameters: String,
    description: CustomBackend,
}

/// How the client authenticates itself (RFC 6749 section 2.3).
#[derive(Clone, Debug)]
enum Client {
    Public,
    /// By the value of `Authorization`.
    #[allow(dead_code, reason = "browsers keep no secrets")]
    Header(Secret),
    /// By a secret in the form.
    Form(Secret),
}

impl OAuth2 {
    /// A public client of the token endpoint at `token_endpoint`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the endpoint is no absolute `http` or `https` URL or `client_id` is empty.
    pub fn new(token_endpoint: &str, client_id: &str) -> Result<Self, Error> {
        let endpoint = Endpoint::parse(token_endpoint, "tokenEndpoint")?;
        let client_id = not_empty("clientId", client_id)?.into();
        let description = CustomBackend::at(endpoint.clone());
        let parameters = String::new();
        Self { endpoint, revocation: None, client_id, client: Client::Public, parameters, description }.described()
    }

    /// Revokes the refresh token at this endpoint when the session signs out (RFC 7009).
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when it is no absolute `http` or `https` URL.
    pub fn revocation_endpoint(mut self, url: &str) -> Result<Self, Error> {
        self.revocation = Some(Endpoint::parse(url, "revocationEndpoint")?);
        self.described()
    }

    /// A confidential client that authenticates itself with HTTP Basic (`client_secret_basic`). Only for programs that can
    /// keep a secret: whoever installs a program can read what is in it.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the secret is empty.
    #[cfg(all(feature = "client", not(all(target_family = "wasm", target_os = "unknown"))))]
    pub fn client_secret_basic(mut self, secret: &str) -> Result<Self, Error> {
        use base64::{Engine as _, prelude::BASE64_STANDARD};

        use crate::core::text::push_encoded;

        let secret = not_empty("clientSecret", secret)?;
        // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
        let mut pair = String::new();
        push_encoded(&mut pair, &self.client_id);
        pair.push(':');
        push_encoded(&mut pair, secret);
        let pair = Secret::new(pair);
        self.client = Client::Header(["Basic ", &BASE64_STANDARD.encode(pair.expose())].concat().into());
        self.described()
    }

    /// A confidential client that sends its secret in the form (`client_secret_post`).
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the secret is empty.
    pub fn client_secret_post(mut self, secret: &str) -> Result<Self, Error> {
        self.client = Client::Form(not_empty("clientSecret", secret)?.into());
        self.described()
    }

    /// Narrows the scope of the new access tokens; scopes are separated by spaces. Default: what was granted.
    ///
    /// # Errors
    /// As [`parameter`](Self::parameter).
    pub fn scope(self, scope: &str) -> Result<Self, Error> {
        self.parameter("scope", scope)
    }

    /// The resource that the access tokens are for (RFC 8707); may be said several times.
    ///
    /// # Errors
    /// As [`parameter`](Self::parameter).
    pub fn resource(self, resource: &str) -> Result<Self, Error> {
        self.parameter("resource", resource)
    }

    /// A parameter of the server's own, such as `audience`.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when its name is empty or one that the protocol sets.
    pub fn parameter(mut self, name: &str, value: &str) -> Result<Self, Error> {
        const OWN: [&str; 5] = ["", "grant_type", "refresh_token", "client_id", "client_secret"];
        if OWN.contains(&name) {
            return Err(Error::InvalidOption { field: "parameters", problem: OptionError::Reserved });
        }
        push_field(&mut self.parameters, name, value);
        self.described()
    }

    /// With the description of what it is now.
    fn described(mut self) -> Result<Self, Error> {
        let url = self.endpoint.url();
        let mut description = CustomBackend::at(self.endpoint.clone()).refresh_by(
            self.form(url, "grant_type=refresh_token&refresh_token={refresh}", &self.parameters),
            answers(),
        )?;
        if let Some(revocation) = &self.revocation {
            let form = self.form(revocation.url(), "token={refresh}&token_type_hint=refresh_token", "");
            description = description.sign_out_by(form)?;
        }
        self.description = description;
        Ok(self)
    }

    fn form(&self, url: &str, fields: &str, parameters: &str) -> Call {
        let mut form = String::from(fields);
        if !parameters.is_empty() {
            form.push('&');
            form.push_str(parameters);
        }
        match &self.client {
            Client::Header(authorization) => {
                return Call::post(url).header("Authorization", authorization.expose()).form(&form);
            }
            Client::Form(secret) => push_field(&mut form, "client_secret", secret.expose()),
            Client::Public => {}
        }
        push_field(&mut form, "client_id", &self.client_id);
        Call::post(url).form(&form)
    }
}

impl Described for OAuth2 {
    fn description(&self) -> &CustomBackend {
        &self.description
    }
}

/// RFC 6749 section 5: `invalid_grant` is the one code that ends a session.
fn answers() -> Answers {
    let error = || When::statuses(&[400, 401, 402, 403]).at("error");
    Answers::new("access_token")
        .refresh("refresh_token")
        .expires_in("expires_in")
        .id_token("id_token")
        .rejected(error().is(&["invalid_grant"]))
        .transient(error().is(&["temporarily_unavailable", "server_error", "slow_down"]))
        .invalid_client(error().is(&["invalid_client", "unauthorized_client"]))
        .invalid_request(error())
}

fn not_empty<'a>(field: &'static str, text: &'a str) -> Result<&'a str, Error> {
    match text {
        "" => Err(Error::InvalidOption { field, problem: OptionError::Missing }),
        text => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{
        backend::{Backend, Outcome, Tokens},
        error::Problem,
        http::{HttpAnswer, HttpRequest},
    };

    fn backend() -> OAuth2 {
        OAuth2::new("https://as.example.com/token", "spa app").unwrap()
    }

    fn refresh(backend: &OAuth2) -> HttpRequest {
        backend.refresh(&Tokens::pair("a", "r+/=&"))
    }

    fn body(request: HttpRequest) -> String {
        request.body.unwrap().expose().into()
    }

    fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
        request.headers.iter().find(|(there, _)| there.eq_ignore_ascii_case(name)).map(|(_, value)| value.expose())
    }

    fn read(status: u16, body: &str) -> Outcome {
        backend().read_refresh(&HttpAnswer::new(status, body))
    }

    #[test]
    fn a_refresh_is_a_form_with_the_client_id() {
        let request = refresh(&backend());
        assert_eq!(header(&request, "content-type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(request.url.expose(), "https://as.example.com/token");
        assert_eq!(body(request), "grant_type=refresh_token&refresh_token=r%2B%2F%3D%26&client_id=spa%20app");
    }

    #[test]
    fn a_refresh_says_scope_resources_and_parameters_of_the_servers_own() {
        let backend = backend().scope("a b").unwrap();
        let backend = backend.resource("https://one.example/").unwrap().resource("urn:two").unwrap();
        let sent = body(refresh(&backend.parameter("audience", "x&y").unwrap()));
        let parameters =
            "&scope=a%20b&resource=https%3A%2F%2Fone.example%2F&resource=urn%3Atwo&audience=x%26y&client_id=";
        assert!(sent.contains(parameters), "{sent}");
    }

    #[test]
    #[cfg(feature = "client")]
    fn a_confidential_client_authenticates_itself_in_the_header() {
        let basic =
            refresh(&OAuth2::new("https://as.example.com/token", "a:b").unwrap().client_secret_basic("c d").unwrap());
        assert_eq!(header(&basic, "authorization"), Some("Basic YSUzQWI6YyUyMGQ="), "a%3Ab:c%20d");
        assert!(!body(basic).contains("client_id"));
    }

    #[test]
    fn a_confidential_client_authenticates_itself_in_the_form() {
        let post = backend().client_secret_post("c&d").unwrap();
        assert!(!format!("{post:?}").contains("c&d") && !format!("{post:?}").contains("c%26d"), "S4: {post:?}");
        assert!(body(refresh(&post)).ends_with("&client_secret=c%26d&client_id=spa%20app"));
    }

    #[test]
    fn revocation_needs_an_endpoint() {
        let tokens = Tokens::pair("a", "r");
        assert!(backend().sign_out(&tokens).is_none());
        let revoking = backend().revocation_endpoint("https://as.example.com/revoke").unwrap();
        let request = revoking.sign_out(&tokens).unwrap();
        assert_eq!(request.url.expose(), "https://as.example.com/revoke");
        assert_eq!(body(request), "token=r&token_type_hint=refresh_token&client_id=spa%20app");
        assert!(revoking.other_endpoints().iter().any(|endpoint| endpoint.url() == "https://as.example.com/revoke"));
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
        assert!(backend().client_secret_post("").is_err());
        assert!(backend().parameter("grant_type", "password").is_err());
    }
}
