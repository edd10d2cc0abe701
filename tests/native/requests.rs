//! The client is used like `reqwest::Client`.

use std::{net::TcpListener, time::Duration};

use axum::http::{HeaderMap, HeaderValue, Method, Version, header};
use evertoken::Client;
use reqwest::{Request, multipart::Form};
use serde_json::json;

use crate::common::api::{Api, Seen, nothing_special};

/// The one request that arrived.
fn only(api: &Api) -> Seen {
    let seen = api.seen("/here");
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].authorization(), "Bearer access-1");
    seen[0].clone()
}

#[tokio::test]
async fn every_method_has_its_shorthand() {
    let api = Api::start(nothing_special).await;
    let client = api.client().await;
    let url = api.url("/here");
    let requests = [
        client.get(&url),
        client.post(&url),
        client.put(&url),
        client.patch(&url),
        client.delete(&url),
        client.head(&url),
        client.request(Method::OPTIONS, &url),
    ];
    for request in requests {
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    let methods: Vec<_> = api.seen("/here").iter().map(|seen| seen.method.to_string()).collect();
    assert_eq!(methods, ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);
    assert!(api.seen("/here").iter().all(|seen| seen.authorization() == "Bearer access-1"));
}

#[tokio::test]
async fn headers_and_query_arrive_beside_the_token() {
    let api = Api::start(nothing_special).await;
    let mut more = HeaderMap::new();
    more.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("de"));
    let request = api.client().await.get(api.url("/here?a=1")).header("X-One", "1").headers(more);
    request.query(&[("b", "2 3")]).version(Version::HTTP_11).send().await.unwrap();

    let seen = only(&api);
    assert_eq!(
        (seen.header(header::HeaderName::from_static("x-one")), seen.header(header::ACCEPT_LANGUAGE)),
        ("1", "de")
    );
    assert_eq!(seen.query, "a=1&b=2+3");
}

#[tokio::test]
async fn json_bodies_have_their_type() {
    let api = Api::start(nothing_special).await;
    api.client().await.post(api.url("/here")).json(&json!({ "a": 1 })).send().await.unwrap();
    let seen = only(&api);
    assert_eq!((seen.header(header::CONTENT_TYPE), seen.text()), ("application/json", r#"{"a":1}"#));
}

#[tokio::test]
async fn form_bodies_have_their_type() {
    let api = Api::start(nothing_special).await;
    api.client().await.post(api.url("/here")).form(&[("a", "1 2")]).send().await.unwrap();
    let seen = only(&api);
    assert_eq!((seen.header(header::CONTENT_TYPE), seen.text()), ("application/x-www-form-urlencoded", "a=1+2"));
}

#[tokio::test]
async fn multipart_bodies_have_their_boundary() {
    let api = Api::start(nothing_special).await;
    let form = Form::new().text("field", "value");
    api.client().await.post(api.url("/here")).multipart(form).send().await.unwrap();
    let seen = only(&api);
    let (media_type, boundary) = seen.header(header::CONTENT_TYPE).split_once("; boundary=").unwrap();
    assert_eq!(media_type, "multipart/form-data");
    assert!(seen.text().contains(boundary) && seen.text().contains("name=\"field\"\r\n\r\nvalue"), "{}", seen.text());
}

#[tokio::test]
async fn bytes_arrive_as_they_are() {
    let api = Api::start(nothing_special).await;
    let bytes: Vec<u8> = (0..=255).collect();
    api.client().await.post(api.url("/here")).body(bytes.clone()).send().await.unwrap();
    assert_eq!(only(&api).body, bytes);
}

#[tokio::test]
async fn execute_takes_a_request_of_reqwests_own() {
    let api = Api::start(nothing_special).await;
    let client = api.client().await;
    client.execute(Request::new(Method::GET, api.url("/here").parse().unwrap())).await.unwrap();
    only(&api);
}

#[tokio::test]
async fn a_built_request_has_no_token_until_it_is_executed() {
    let api = Api::start(nothing_special).await;
    let client = api.client().await;
    let request = client.get(api.url("/here")).build().unwrap();
    assert!(request.headers().is_empty());
    client.execute(request).await.unwrap();
    only(&api);
}

#[tokio::test]
async fn a_builder_can_be_cloned_where_its_body_can() {
    let api = Api::start(nothing_special).await;
    let request = api.client().await.post(api.url("/here")).body("text");
    let copy = request.try_clone().unwrap();
    request.send().await.unwrap();
    copy.send().await.unwrap();
    assert_eq!(api.seen("/here").len(), 2);
    assert!(api.client().await.post(api.url("/here")).multipart(Form::new().text("a", "b")).try_clone().is_none());
}

#[tokio::test]
async fn a_time_limit_is_the_requests_own_error() {
    let api = Api::start(nothing_special).await;
    // It takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let client = api.client_of(api.builder().origin(&url), 3600).await;
    let error = client.get(&url).timeout(Duration::from_millis(50)).send().await.unwrap_err();
    assert_eq!(error.code(), "request-failed");
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<reqwest::Error>());
    assert!(cause.is_some_and(reqwest::Error::is_timeout), "{error:?}");
}

#[tokio::test]
async fn a_malformed_request_is_an_error_and_not_sent() {
    let api = Api::start(nothing_special).await;
    let client = api.client().await;
    let malformed = [client.get("not a url"), client.get("/relative"), client.get(api.url("/here")).header("a b", "c")];
    for request in malformed {
        assert_eq!(request.send().await.unwrap_err().code(), "request-failed");
    }
    assert!(api.seen("/here").is_empty());
}

#[tokio::test]
async fn a_client_that_is_configured_already_is_used() {
    let api = Api::start(nothing_special).await;
    let http = reqwest::Client::builder().user_agent("mine/1").build().unwrap();
    let session = api.client().await.session().clone();
    Client::with_http(session, http).get(api.url("/here")).send().await.unwrap();
    assert_eq!(only(&api).header(header::USER_AGENT), "mine/1");
}
