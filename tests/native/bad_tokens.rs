//! T1: whatever a token looks like, the session takes it as far as it can be understood.

use std::time::Duration;

use evertoken::Grant;

use crate::common::{
    api::{Api, nothing_special},
    generation, jwt,
};

/// The token that a request carries after `access` was adopted.
async fn sent_after(access: &str) -> String {
    let api = Api::start(nothing_special).await;
    let client = api.client().await;
    client.session().adopt(Grant::pair(access, Some("refresh-1")).unwrap()).await.unwrap();
    client.get(api.url("/here")).send().await.unwrap();
    api.seen("/here")[0].authorization().trim_start_matches("Bearer ").to_owned()
}

#[tokio::test]
async fn t1_a_token_whose_end_nobody_knows_is_sent() {
    let malformed = [
        "opaque".into(),
        "..".into(),
        "a.b.c.d".into(),
        "a.!!!.c".into(),
        jwt("[]"),
        jwt("not json"),
        jwt(r#"{"exp":"soon"}"#),
        jwt(r#"{"exp":true}"#),
        jwt(r#"{"sub":"1"}"#),
        jwt(r#"{"exp":1e300,"iat":1}"#),
        jwt(r#"{"exp":99999999999.5,"iat":0.25}"#),
    ];
    for access in malformed {
        assert_eq!(sent_after(&access).await, access);
    }
}

#[tokio::test]
async fn t1_a_token_that_was_never_good_is_refreshed_before_anything_is_sent() {
    for payload in [r#"{"exp":-1}"#, r#"{"exp":0,"iat":0}"#, r#"{"exp":-1e300}"#, r#"{"exp":1.5,"iat":9999999999}"#] {
        assert_eq!(sent_after(&jwt(payload)).await, "access-2", "{payload}");
    }
}

#[tokio::test]
async fn t1_a_token_of_hundreds_of_kilobytes_is_held_and_replaced() {
    let api = Api::start(nothing_special).await;
    let session = api.client().await.session().clone();
    let huge = "x".repeat(1 << 20);
    session.adopt(Grant::pair(&huge, Some("refresh-1")).unwrap().expires_in(Duration::ZERO)).await.unwrap();
    assert_eq!(session.access_token().await.unwrap().as_str(), "access-2");
    assert_eq!(generation(&session), 2);
}
