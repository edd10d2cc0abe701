//! OAuth 2.0 endpoints by an issuer's metadata, and ID tokens.

use axum::{Json, http::StatusCode, response::IntoResponse};
use evertoken::{Error, OAuth2, Problem, Session};
use serde_json::json;

use crate::common::api::{Api, first_pair};

#[tokio::test]
async fn a_session_begins_with_its_issuer_alone_and_keeps_id_tokens() {
    let api = Api::start(|seen| match seen.path.as_str() {
        "/realms/app/.well-known/openid-configuration" => {
            let issuer = format!("http://{}/realms/app", seen.headers["host"].to_str().unwrap());
            Some(Json(json!({ "issuer": issuer, "token_endpoint": format!("{issuer}/token") })).into_response())
        }
        "/realms/app/token" => {
            Some(Json(json!({ "access_token": "access-2", "id_token": "second", "expires_in": 3600 })).into_response())
        }
        _ => Some(StatusCode::NOT_FOUND.into_response()),
    })
    .await;
    let backend = OAuth2::discover(&api.url("/realms/app/"), "app").await.unwrap();
    let session = Session::builder(backend).background_refresh(false).build().await.unwrap();
    session.adopt(first_pair().id_token("first").expires_in(std::time::Duration::ZERO)).await.unwrap();
    assert_eq!(session.id_token().unwrap().expose(), "first");
    session.access_token().await.unwrap();
    assert_eq!(session.id_token().unwrap().expose(), "second");
    assert_eq!(api.seen("/.well-known/oauth-authorization-server/realms/app").len(), 1, "RFC 8414 comes first");
    session.sign_out().await.unwrap();
    assert!(session.id_token().is_none());
}

#[tokio::test]
async fn an_issuer_that_does_not_help_is_an_error_that_says_why() {
    let silent = Api::start(|_| Some(StatusCode::NOT_FOUND.into_response())).await;
    let error = OAuth2::discover(&silent.url("/"), "app").await.unwrap_err();
    assert_eq!(error, Error::Misconfigured { problem: Problem::NoMetadata });
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = OAuth2::discover(&format!("http://{closed}"), "app").await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
    let error = OAuth2::discover("id.example.com", "app").await.unwrap_err();
    assert!(matches!(error, Error::InvalidOption { field: "issuer", .. }));
}
