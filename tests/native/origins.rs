//! Q1: the token goes to the named origins only. Another port of this machine is another origin.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use evertoken::{Client, Placement};

use crate::common::api::{Api, Seen, nothing_special};

/// An API that sends `/away` to `target`.
async fn redirecting_to(target: String) -> Api {
    let script = move |seen: &Seen| (seen.path == "/away").then(|| Redirect::temporary(&target).into_response());
    Api::start(script).await
}

fn unauthorized(_: &Seen) -> Option<Response> {
    Some(StatusCode::UNAUTHORIZED.into_response())
}

#[tokio::test]
async fn q1_the_backends_own_origin_gets_the_token_and_no_other_does() {
    let (api, other) = (Api::start(nothing_special).await, Api::start(unauthorized).await);
    let client = api.client().await;

    client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(api.seen("/here")[0].authorization(), "Bearer access-1");
    let answer = client.get(other.url("/there")).send().await.unwrap();
    assert_eq!(answer.status(), 401, "passed through");
    let seen = other.seen("/there");
    assert_eq!((seen.len(), seen[0].authorization()), (1, ""));
    assert!(api.seen("/token").is_empty(), "a stranger's 401 refreshes nothing");
}

#[tokio::test]
async fn q1_naming_origins_replaces_the_default() {
    let (api, named) = (Api::start(nothing_special).await, Api::start(nothing_special).await);
    let client = api.client_of(api.builder().origin(&named.url("/any/path")), 3600).await;

    client.get(named.url("/")).send().await.unwrap();
    client.get(api.url("/")).send().await.unwrap();
    assert_eq!(named.seen("/")[0].authorization(), "Bearer access-1");
    assert_eq!(api.seen("/")[0].authorization(), "");
}

#[tokio::test]
async fn q1_a_redirect_within_the_origin_takes_the_token_along() {
    let api = redirecting_to("/here".into()).await;
    let answer = api.client().await.get(api.url("/away")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(api.seen("/here")[0].authorization(), "Bearer access-1");
}

#[tokio::test]
async fn q1_a_redirect_to_another_origin_leaves_the_token_behind() {
    let other = Api::start(nothing_special).await;
    let api = redirecting_to(other.url("/there")).await;

    let answer = api.client().await.get(api.url("/away")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(api.seen("/away")[0].authorization(), "Bearer access-1");
    let arrived = &other.seen("/there")[0];
    assert_eq!(arrived.authorization(), "");
    assert!(!format!("{:?}", arrived.headers).contains("access-1"), "{arrived:?}");
}

/// Reqwest puts the token back into the second of two requests to another origin.
#[tokio::test]
async fn q1_a_redirect_within_another_origin_does_not_bring_the_token_back() {
    let other = redirecting_to("/there".into()).await;
    let api = redirecting_to(other.url("/away")).await;

    let client = api.client().await;
    let http = reqwest::Client::builder().redirect(client.session().redirect_policy()).build().unwrap();
    let own = Client::with_http(client.session().clone(), http);
    for client in [client, own] {
        let sent = client.get(api.url("/away")).send().await;
        let arrived = [other.seen("/away"), other.seen("/there")].concat();
        assert!(arrived.iter().all(|seen| seen.authorization().is_empty()), "{arrived:?}");
        assert_eq!(sent.unwrap_err().code(), "request-failed");
    }
}

#[tokio::test]
async fn q1_redirects_through_several_origins_are_followed_without_the_token() {
    let third = Api::start(nothing_special).await;
    let second = redirecting_to(third.url("/there")).await;
    let api = redirecting_to(second.url("/away")).await;

    let answer = api.client().await.get(api.url("/away")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), third.seen("/there")[0].authorization()), (200, ""));
}

#[tokio::test]
async fn q1_redirects_that_began_elsewhere_are_followed() {
    let (api, other) = (Api::start(nothing_special).await, redirecting_to("/there".into()).await);
    let elsewhere = redirecting_to(other.url("/away")).await;
    for placement in [Placement::Bearer, Placement::Query { name: "token".into() }] {
        let client = api.client_of(api.builder().placement(placement), 3600).await;
        assert_eq!(client.get(elsewhere.url("/away")).send().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn q1_a_401_from_where_a_redirect_led_says_nothing_about_the_token() {
    let other = Api::start(unauthorized).await;
    let api = redirecting_to(other.url("/there")).await;

    let answer = api.client().await.get(api.url("/away")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!((api.seen("/away").len(), api.seen("/token").len()), (1, 0));
}

#[tokio::test]
async fn q1_a_token_that_reqwest_does_not_recognise_follows_no_redirect_to_another_origin() {
    let header = Placement::Header { name: "X-Token".into(), scheme: String::new() };
    for placement in [header, Placement::Query { name: "token".into() }] {
        let other = Api::start(nothing_special).await;
        let api = redirecting_to(other.url("/there")).await;
        let client = api.client_of(api.builder().placement(placement), 3600).await;

        let error = client.get(api.url("/away")).send().await.unwrap_err();
        assert_eq!(error.code(), "request-failed");
        assert!(other.seen("/there").is_empty());
    }
}

#[tokio::test]
async fn q1_the_token_endpoint_follows_no_redirect() {
    let other = Api::start(nothing_special).await;
    let target = other.url("/token");
    let script = move |seen: &Seen| (seen.path == "/token").then(|| Redirect::temporary(&target).into_response());
    let api = Api::start(script).await;
    let client = api.client_of(api.builder(), 0).await;

    let error = client.get(api.url("/here")).send().await.unwrap_err();
    assert_eq!(error.code(), "misconfigured");
    assert!(other.seen("/token").is_empty() && api.seen("/here").is_empty());
}

#[tokio::test]
async fn a_client_of_a_signed_out_session_sends_requests_as_they_are() {
    let api = Api::start(unauthorized).await;
    let session = api.builder().build().await.unwrap();
    let answer = Client::new(session).get(api.url("/here")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let seen = api.seen("/here");
    assert_eq!((seen.len(), seen[0].authorization()), (1, ""));
}
