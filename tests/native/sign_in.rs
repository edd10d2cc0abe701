//! S1: a sign-in tells wrong credentials from a server in trouble, and leaves nothing behind when it fails.

use axum::{
    body::Body,
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use evertoken::{Credentials, Error, Session, SimpleJwt};
use serde_json::json;

use crate::common::{
    api::{Api, cut_off, nothing_special},
    credentials, generation, jwt,
};

/// What signing in ends with when the endpoint answers so.
async fn sign_in(answer: impl Fn() -> Response + Send + Sync + 'static) -> Error {
    let api = Api::start(move |_| Some(answer())).await;
    let session = Session::builder(SimpleJwt::new(&api.url("/api/token/")).unwrap()).build().await.unwrap();
    let error = session.sign_in(&credentials()).await.unwrap_err();
    assert_eq!(generation(&session), 0);
    assert_eq!(api.seen("/api/token/").len(), 1, "a sign-in is not repeated");
    error
}

fn json_answer(status: StatusCode, body: &str) -> Response {
    (status, body.to_owned()).into_response()
}

#[tokio::test]
async fn s1_only_the_endpoints_own_refusal_means_wrong_credentials() {
    for (status, body) in [
        (StatusCode::UNAUTHORIZED, r#"{"detail":"No active account found with the given credentials"}"#),
        (StatusCode::BAD_REQUEST, r#"{"password":["This field is required."]}"#),
    ] {
        let error = sign_in(move || json_answer(status, body)).await;
        assert!(matches!(error, Error::CredentialsRefused { status: told } if told == status), "{error:?}");
    }
}

#[tokio::test]
async fn s1_a_server_in_trouble_is_unavailable() {
    let troubles: [fn() -> Response; 6] = [
        || Html("<h1>Sign in to the Wi-Fi</h1>").into_response(),
        || (StatusCode::UNAUTHORIZED, Html("<h1>Proxy login</h1>")).into_response(),
        || StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        || json_answer(StatusCode::OK, r#"{"access":"acc"#),
        || cut_off(r#"{"access":"#),
        || Body::from("x".repeat(2 << 20)).into_response(),
    ];
    for trouble in troubles {
        assert_eq!(sign_in(trouble).await.code(), "unavailable");
    }
}

#[tokio::test]
async fn s1_an_endpoint_that_is_none_is_misconfigured() {
    let mistakes: [fn() -> Response; 4] = [
        || Redirect::permanent("/api/token").into_response(),
        || StatusCode::NOT_FOUND.into_response(),
        || StatusCode::METHOD_NOT_ALLOWED.into_response(),
        || json_answer(StatusCode::OK, r#"{"token":"elsewhere"}"#),
    ];
    for mistake in mistakes {
        assert_eq!(sign_in(mistake).await.code(), "misconfigured");
    }
}

#[tokio::test]
async fn t4_a_sign_in_answer_with_the_tokens_swapped_is_refused_by_name() {
    let [access, refresh] = ["access", "refresh"].map(|kind| jwt(&json!({ "token_type": kind }).to_string()));
    let body = json!({ "access": refresh, "refresh": access }).to_string();
    let error = sign_in(move || json_answer(StatusCode::OK, &body)).await;
    assert_eq!(error.code(), "wrong-token-kind");
}

#[tokio::test]
async fn s1_an_unreachable_server_is_named_as_what_is_wrong() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let session = Session::builder(SimpleJwt::new(&format!("http://{closed}/")).unwrap()).build().await.unwrap();
    let error = session.sign_in(&credentials()).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
    assert!(error.to_string().contains("it cannot be reached") && !error.to_string().contains("refreshed"), "{error}");
}

#[tokio::test]
async fn s1_oauth2_has_no_sign_in_of_its_own() {
    let api = Api::start(nothing_special).await;
    let session = api.builder().build().await.unwrap();
    let error = session.sign_in(&Credentials::new("demo", "demo")).await.unwrap_err();
    assert_eq!(error.code(), "sign-in-unsupported");
    assert!(api.seen("/token").is_empty());
}
