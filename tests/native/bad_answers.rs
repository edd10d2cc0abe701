//! R7: whatever the token endpoint answers, only its own refusal ends a session.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use evertoken::{Error, Grant};

use crate::common::{
    aged,
    api::{Api, Seen, cut_off},
    eventually, generation,
};

/// What a refresh that meets this answer ends with; the session is still there afterwards, with its token.
async fn refreshed(answer: impl Fn() -> Response + Send + Sync + 'static) -> Error {
    let api = Api::start(move |seen: &Seen| (seen.path == "/token").then(&answer)).await;
    let client = api.client().await;
    let access = aged(10, 3600);
    client.session().adopt(Grant::pair(&access, Some("refresh-1")).unwrap()).await.unwrap();
    let error = client.session().refresh().await.unwrap_err();

    assert!(generation(client.session()) > 0, "{error:?} ended the session");
    client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(api.seen("/here")[0].authorization(), format!("Bearer {access}"));
    error
}

fn json(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn retry_after(status: StatusCode, value: &'static str) -> Response {
    (status, [(header::RETRY_AFTER, value)]).into_response()
}

#[tokio::test]
async fn r7_a_captive_portals_page_is_no_answer() {
    let error = refreshed(|| Html("<h1>Sign in to the Wi-Fi</h1>").into_response()).await;
    assert_eq!(error.code(), "unavailable");
    assert!(error.to_string().contains("not the endpoint's JSON"), "{error}");
    let error = refreshed(|| (StatusCode::UNAUTHORIZED, Html("<h1>Proxy login</h1>")).into_response()).await;
    assert_eq!(error.code(), "unavailable");
}

#[tokio::test]
async fn r7_truncated_json_is_no_answer() {
    assert_eq!(refreshed(|| json(r#"{"access_token":"acc"#)).await.code(), "unavailable");
}

#[tokio::test]
async fn r7_an_answer_that_is_cut_off_is_a_lost_connection() {
    let error = refreshed(|| cut_off(r#"{"access_token":"#)).await;
    assert!(error.code() == "unavailable" && error.to_string().contains("connection was lost"), "{error}");
}

#[tokio::test]
async fn r5_an_answer_that_is_cut_off_is_asked_for_once_more_at_once() {
    let first = AtomicBool::new(true);
    let script = move |seen: &Seen| {
        let cut = seen.path == "/token" && first.swap(false, Ordering::Relaxed);
        cut.then(|| cut_off(r#"{"access_token":"#))
    };
    let api = Api::start(script).await;
    let client = api.client_of(api.builder(), 0).await;
    assert_eq!(client.session().access_token().await.unwrap().as_str(), "access-2");
    let asked = api.seen("/token");
    assert_eq!((asked.len(), asked[0].text()), (2, asked[1].text()));
}

#[tokio::test]
async fn r7_an_empty_answer_is_no_answer() {
    assert_eq!(refreshed(|| StatusCode::OK.into_response()).await.code(), "unavailable");
    assert_eq!(refreshed(|| json("{}")).await.code(), "misconfigured");
}

#[tokio::test]
async fn r7_an_answer_of_megabytes_is_not_read() {
    let error = refreshed(|| Body::from("x".repeat(2 << 20)).into_response()).await;
    assert_eq!(error.code(), "unavailable");
}

#[tokio::test]
async fn r7_tokens_of_the_wrong_type_are_missing_tokens() {
    for body in
        [r#"{"access_token":5}"#, r#"{"access_token":null}"#, r#"{"access_token":["a"]}"#, r#"{"access_token":"a b"}"#]
    {
        let error = refreshed(move || json(body)).await;
        assert!(error.code() == "misconfigured" && error.to_string().contains("no access token"), "{body}: {error}");
    }
    assert_eq!(refreshed(|| json("[]")).await.code(), "unavailable");
}

#[tokio::test]
async fn r7_a_redirect_is_a_mistake_in_the_configuration() {
    let error = refreshed(|| Redirect::permanent("/token/").into_response()).await;
    assert!(error.code() == "misconfigured" && error.to_string().contains("give the final URL"), "{error}");
    let error = refreshed(|| (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, "/token/")]).into_response()).await;
    assert_eq!(error.code(), "misconfigured");
}

#[tokio::test]
async fn r7_a_5xx_may_last_for_ever_and_never_ends_a_session() {
    let error =
        refreshed(|| (StatusCode::INTERNAL_SERVER_ERROR, Html("<h1>Server Error (500)</h1>")).into_response()).await;
    assert!(error.code() == "unavailable" && error.to_string().contains("HTTP 500"), "{error}");
    assert!(
        error.retry_after().is_some_and(|wait| (Duration::from_secs(1)..=Duration::from_mins(1)).contains(&wait)),
        "{error:?}"
    );
}

#[tokio::test]
async fn r7_retry_after_is_honoured() {
    let error = refreshed(|| retry_after(StatusCode::TOO_MANY_REQUESTS, "120")).await;
    assert_eq!((error.code(), error.retry_after()), ("unavailable", Some(Duration::from_mins(2))));
    let error = refreshed(|| retry_after(StatusCode::SERVICE_UNAVAILABLE, "nonsense")).await;
    assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_mins(1)), "{error:?}");
}

#[tokio::test]
async fn r7_while_the_server_asks_to_wait_callers_get_an_error_and_nothing_is_sent() {
    let api = Api::start(|seen| (seen.path == "/token").then(|| retry_after(StatusCode::SERVICE_UNAVAILABLE, "3600")));
    let api = api.await;
    let client = api.client_of(api.builder(), 0).await;
    for _ in 0..5 {
        assert_eq!(client.get(api.url("/here")).send().await.unwrap_err().code(), "unavailable");
    }
    assert_eq!((api.seen("/token").len(), api.seen("/here").len()), (1, 0));
}

#[tokio::test]
async fn r4_an_odd_answer_does_not_lose_its_refresh_token() {
    let api = Api::start(|seen| {
        let odd = seen.path == "/token" && seen.text().contains("refresh_token=refresh-1");
        odd.then(|| json(r#"{"refresh_token":"rotated"}"#))
    });
    let api = api.await;
    let client = api.client_of(api.builder(), 0).await;
    assert_eq!(client.get(api.url("/here")).send().await.unwrap_err().code(), "misconfigured");
    assert_eq!(client.session().last_answer().unwrap(), r#"HTTP 200, {"refresh_token":"[string]"}"#);
    // The next try is made with the token that came, after the shortest wait there is.
    eventually("a good answer", async || {
        client.get(api.url("/here")).send().await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
    assert!(api.seen("/token")[1].text().contains("refresh_token=rotated"));
}
