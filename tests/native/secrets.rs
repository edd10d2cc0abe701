//! S4: nothing that is printed holds a token or a password.

use axum::{http::StatusCode, response::IntoResponse};
use evertoken::{Credentials, Grant, Placement};

use crate::common::{
    aged,
    api::{Api, first_pair, nothing_special},
    event,
};

fn assert_clean(shown: &str) {
    for secret in ["access-1", "refresh-1", "hunter2"] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
}

/// An error and all of its causes, in both ways of printing them.
fn chain(error: &dyn std::error::Error) -> String {
    let mut shown = format!("{error:?} {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        shown += &format!(" {error:?} {error}");
        cause = error.source();
    }
    shown
}

#[tokio::test]
async fn s4_sessions_clients_tokens_and_events_do_not_show_them() {
    let api = Api::start(|seen| (seen.path == "/token").then(|| StatusCode::BAD_GATEWAY.into_response())).await;
    let builder = api.builder();
    assert_clean(&format!("{builder:?} {:?} {:?}", first_pair(), Credentials::new("demo", "hunter2")));
    let client = api.client_of(builder, 3600).await;
    let session = client.session();
    let mut events = session.events();
    let failed = session.sign_in(&Credentials::new("demo", "hunter2")).await.unwrap_err();
    let token = session.access_token().await.unwrap();
    let request = client.get(api.url("/here"));
    assert_clean(&format!("{session:?} {client:?} {:?} {token:?} {request:?} {}", session.state(), chain(&failed)));

    let access = aged(10, 3600);
    session.adopt(Grant::pair(&access, Some("refresh-1")).unwrap()).await.unwrap();
    let failed = session.refresh().await.unwrap_err();
    assert_eq!(failed.code(), "unavailable");
    let event = event(&mut events, "refresh-failed").await;
    let shown = format!("{event:?} {} {session:?}", chain(&failed));
    assert_clean(&shown);
    assert!(!shown.contains(&access), "{shown}");
}

#[tokio::test]
async fn s4_an_error_of_a_request_does_not_show_the_token_in_its_url() {
    let api = Api::start(nothing_special).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{closed}/");
    let builder = api.builder().origin(&url).placement(Placement::Query { name: "token".into() });
    let client = api.client_of(builder, 3600).await;
    assert_clean(&chain(&client.get(&url).send().await.unwrap_err()));
}
