//! Options that make no sense: an error that names the option and the way out.

use std::time::Duration;

use evertoken::{Builder, Credentials, Error, Grant, OAuth2, Placement, Refusal, Session, SimpleJwt};

/// Checks that the error is about this option and says `words` about it.
fn assert_names(error: &Error, field: &str, words: &str) {
    assert_eq!(error.code(), "invalid-option");
    let expected = format!("Option \"{field}\" ");
    assert!(error.to_string().starts_with(&expected) && error.to_string().contains(words), "{error}");
}

fn builder() -> Builder {
    Session::builder(SimpleJwt::new("https://api.example.com/api/token/").unwrap())
}

async fn refused(builder: Builder) -> Error {
    builder.build().await.unwrap_err()
}

#[test]
fn a_backend_needs_an_absolute_url() {
    for url in ["", "/api/token/", "api.example.com", "ftp://example.com", "https://", "https://user:pw@example.com"] {
        assert_names(&SimpleJwt::new(url).unwrap_err(), "backend", "absolute http or https URL");
        assert_names(&OAuth2::new(url, "spa").unwrap_err(), "tokenEndpoint", "absolute http or https URL");
    }
    assert_names(&OAuth2::new("https://as.example.com/token", "").unwrap_err(), "clientId", "missing or empty");
    let oauth2 = OAuth2::new("https://as.example.com/token", "spa").unwrap();
    assert_names(&oauth2.revocation_endpoint("revoke").unwrap_err(), "revocationEndpoint", "absolute");
}

#[tokio::test]
async fn q1_plain_http_to_another_machine_must_be_allowed_by_name() {
    let intranet = || Session::builder(SimpleJwt::new("http://intranet.example/api/token/").unwrap());
    assert_names(&refused(intranet()).await, "backend", "use https, or allow the origin by name");
    assert_names(&refused(builder().origin("http://api.example.com")).await, "origins", "use https");
    assert_names(&refused(builder().allow_insecure_origin("intranet")).await, "insecureOrigins", "absolute");
    assert!(intranet().allow_insecure_origin("http://intranet.example").build().await.is_ok());
}

#[tokio::test]
async fn q1_origins_are_urls() {
    for origin in ["", "*", "api.example.com", "/api", "null", "https://*.example.com"] {
        assert_names(&refused(builder().origin(origin)).await, "origins", "absolute http or https URL");
    }
}

#[tokio::test]
async fn t3_refresh_ahead_is_at_most_a_day() {
    for seconds in [86_401, u64::MAX] {
        let error = refused(builder().refresh_ahead(Duration::from_secs(seconds))).await;
        assert_names(&error, "refreshAhead", "between 0 and 86400");
    }
    for seconds in [0, 86_400] {
        assert!(builder().refresh_ahead(Duration::from_secs(seconds)).build().await.is_ok());
    }
}

#[tokio::test]
async fn q6_a_placement_fits_into_a_request() {
    let header = |name: &str, scheme: &str| Placement::Header { name: name.into(), scheme: scheme.into() };
    let unusable = [
        header("", "Bearer"),
        header("X Token", ""),
        header("X-Token", "two words"),
        header("X-Token", "line\nbreak"),
        Placement::Query { name: String::new() },
    ];
    for placement in unusable {
        assert_names(&refused(builder().placement(placement)).await, "placement", "cannot be used");
    }
}

#[test]
fn credentials_are_a_json_object() {
    for text in ["", "demo", "[]", "\"demo\"", "{\"username\":"] {
        assert_names(&Credentials::from_json(text).unwrap_err(), "credentials", "");
    }
}

#[test]
fn tokens_are_what_a_header_can_carry() {
    for text in ["a b", "line\nbreak", "caf\u{e9}", "\0"] {
        assert_names(&Grant::pair(text, None).unwrap_err(), "access", "cannot be used");
        assert_names(&Grant::pair("access", Some(text)).unwrap_err(), "refresh", "cannot be used");
    }
    assert_names(&Grant::pair("", None).unwrap_err(), "access", "missing or empty");
    let huge = "x".repeat(2 << 20);
    assert_eq!(Grant::pair(&huge, None).unwrap_err().code(), "invalid-token");
}

#[test]
fn a_session_outside_of_a_tokio_runtime_is_an_error() {
    let mut build = std::pin::pin!(builder().build());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = build.as_mut().poll(&mut context) else { panic!("it built") };
    assert_eq!(error.code(), "platform-missing");
    assert!(error.to_string().contains("tokio runtime"), "{error}");
}

#[tokio::test]
async fn q3_a_refusal_fits_some_answers_and_not_all() {
    for refusal in [Refusal::status(200), Refusal::status(503), Refusal::status(403).at("code")] {
        assert_names(&refused(builder().refresh_on([refusal])).await, "refreshOn", "from 400 to 499");
    }
}
