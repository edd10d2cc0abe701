//! A backend of one's own, with what the crate exports: Flask-JWT-Extended takes the refresh token as a bearer token.

use std::time::Duration;

use axum::{Json, response::IntoResponse};
use evertoken::{
    Client, Credentials, Error, Grant, Problem, Secret, Session,
    backend::{Backend, Endpoint, Fate, HttpAnswer, HttpRequest, Outcome, Tokens},
};
use serde_json::{Value, json};

use crate::common::api::Api;

struct Flask {
    base: Endpoint,
}

impl Backend for Flask {
    fn endpoint(&self) -> &Endpoint {
        &self.base
    }

    fn sign_in(&self, credentials: &Credentials) -> Option<HttpRequest> {
        let request = HttpRequest::new("POST", self.base.join("login"));
        Some(request.header("Content-Type", "application/json").body(credentials.as_json().clone()))
    }

    fn refresh(&self, tokens: &Tokens) -> HttpRequest {
        let refresh = tokens.refresh.as_ref().map_or("", Secret::expose);
        HttpRequest::new("GET", self.base.join("refresh")).header("Authorization", format!("Bearer {refresh}"))
    }

    fn sign_out(&self, _: &Tokens) -> Option<HttpRequest> {
        None
    }

    fn read_sign_in(&self, answer: &HttpAnswer) -> Outcome {
        let body: Value = serde_json::from_str(answer.body.expose()).unwrap_or_default();
        match answer.status {
            200 => {
                let grant = Grant::from_answer(body["access_token"].as_str(), body["refresh_token"].as_str());
                Outcome::Granted(grant.expires_in(Duration::from_secs(body["expires_in"].as_u64().unwrap_or(60))))
            }
            401 | 422 => Outcome::Rejected { status: answer.status },
            status => Outcome::Transient {
                problem: Problem::Status(status),
                fate: Fate::Unknown,
                retry_after: answer.retry_after,
            },
        }
    }

    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome {
        self.read_sign_in(answer)
    }
}

#[tokio::test]
async fn a_backend_of_ones_own_signs_in_and_refreshes() {
    let api = Api::start(|seen| match seen.path.as_str() {
        "/login" => {
            Some(Json(json!({ "access_token": "a-1", "refresh_token": "r-1", "expires_in": 0 })).into_response())
        }
        "/refresh" => Some(Json(json!({ "access_token": "a-2", "expires_in": 3600 })).into_response()),
        _ => None,
    })
    .await;
    let backend = Flask { base: Endpoint::parse(&api.url("/"), "backend").unwrap() };
    let session = Session::builder(backend).background_refresh(false).build().await.unwrap();
    session.sign_in(&Credentials::new("demo", "demo")).await.unwrap();
    let client = Client::new(session);
    client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(api.seen("/refresh")[0].authorization(), "Bearer r-1");
    assert_eq!(api.seen("/here")[0].authorization(), "Bearer a-2");
}

#[test]
fn a_codec_can_be_tested_without_a_server() {
    let flask = Flask { base: Endpoint::parse("https://api.example.com/auth", "backend").unwrap() };
    assert_eq!(flask.refresh(&Tokens::pair("a", "r")).url.expose(), "https://api.example.com/auth/refresh");
    assert!(matches!(flask.read_refresh(&HttpAnswer::new(422, "")), Outcome::Rejected { status: 422 }));
    assert!(matches!(Endpoint::parse("auth", "backend"), Err(Error::InvalidOption { field: "backend", .. })));
}
