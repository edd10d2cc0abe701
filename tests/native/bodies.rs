//! Q4: what can be sent twice is sent again after a 401; what cannot is sent only with a token that is not stale.

use std::convert::Infallible;

use evertoken::{Client, Grant};
use futures_channel::mpsc;
use reqwest::{Body, multipart::Form};
use serde_json::json;

use crate::common::{
    aged,
    api::{Api, Seen, first_token_revoked, nothing_special},
};

/// A body that can be read once.
pub(crate) fn stream(text: &'static str) -> Body {
    let (parts, body) = mpsc::unbounded::<Result<&str, Infallible>>();
    parts.unbounded_send(Ok(text)).unwrap();
    Body::wrap_stream(body)
}

/// A client whose token is stale and has seconds to live, and that token.
async fn stale_client(api: &Api) -> (Client, String) {
    let client = api.client().await;
    let access = aged(3580, 20);
    client.session().adopt(Grant::pair(&access, Some("refresh-1")).unwrap()).await.unwrap();
    (client, access)
}

#[tokio::test]
async fn q4_every_body_that_reqwest_can_clone_is_sent_again() {
    let api = Api::start(first_token_revoked).await;
    let request = |client: &Client, path: &str| client.post(api.url(path));
    for (path, expected) in
        [("/text", "text"), ("/bytes", "bytes"), ("/json", r#"{"a":1}"#), ("/form", "a=1"), ("/none", "")]
    {
        let client = api.client().await;
        let request = match path {
            "/text" => request(&client, path).body("text"),
            "/bytes" => request(&client, path).body(b"bytes".to_vec()),
            "/json" => request(&client, path).json(&json!({ "a": 1 })),
            "/form" => request(&client, path).form(&[("a", 1)]),
            _ => request(&client, path),
        };
        assert_eq!(request.send().await.unwrap().status(), 200, "{path}");
        let seen = api.seen(path);
        assert_eq!(seen.iter().map(Seen::text).collect::<Vec<_>>(), [expected, expected]);
    }
}

#[tokio::test]
async fn q4_a_one_shot_stream_is_not_sent_again() {
    let api = Api::start(first_token_revoked).await;
    let client = api.client().await;
    let answer = client.post(api.url("/here")).body(stream("once")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let seen = api.seen("/here");
    assert_eq!((seen.len(), seen[0].text()), (1, "once"));
}

#[tokio::test]
async fn q4_a_multipart_form_is_a_one_shot_stream() {
    let api = Api::start(first_token_revoked).await;
    let form = Form::new().text("field", "value");
    let answer = api.client().await.post(api.url("/here")).multipart(form).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(api.seen("/here").len(), 1);
}

#[tokio::test]
async fn q4_a_one_shot_stream_waits_for_a_refresh_where_the_token_is_stale() {
    let api = Api::start(nothing_special).await;
    let (client, _) = stale_client(&api).await;
    client.post(api.url("/here")).body(stream("once")).send().await.unwrap();
    let seen = &api.seen("/here")[0];
    assert_eq!((seen.authorization(), seen.text()), ("Bearer access-2", "once"));
}

#[tokio::test]
async fn q4_a_body_that_can_be_sent_twice_goes_out_with_the_stale_token() {
    let api = Api::start(nothing_special).await;
    let (client, access) = stale_client(&api).await;
    client.post(api.url("/here")).body("text").send().await.unwrap();
    assert_eq!(api.seen("/here")[0].authorization(), format!("Bearer {access}"));
}

#[tokio::test]
async fn q4_a_one_shot_stream_with_a_fresh_token_goes_out_at_once() {
    let api = Api::start(nothing_special).await;
    api.client().await.put(api.url("/here")).body(stream("once")).send().await.unwrap();
    assert_eq!((api.seen("/here")[0].text(), api.seen("/token").len()), ("once", 0));
}
