//! Q6: where a request carries the token.

use axum::{
    http::{HeaderName, StatusCode, header},
    response::IntoResponse,
};
use evertoken::Placement;

use crate::common::api::{Api, Seen, nothing_special};

fn header(name: &str, scheme: &str) -> Placement {
    Placement::Header { name: name.into(), scheme: scheme.into() }
}

async fn sent_with(placement: Placement) -> Seen {
    let api = Api::start(nothing_special).await;
    let client = api.client_of(api.builder().placement(placement), 3600).await;
    client.get(api.url("/here?a=1")).send().await.unwrap();
    api.seen("/here")[0].clone()
}

#[tokio::test]
async fn q6_the_scheme_is_bearer_with_a_capital_b_whatever_the_server_calls_it() {
    let api = Api::start(nothing_special).await;
    let client = api.client_of(api.builder(), 0).await;
    // The refresh answer said "token_type": "bearer".
    client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(api.seen("/here")[0].authorization(), "Bearer access-2");
}

#[tokio::test]
async fn q6_another_scheme() {
    assert_eq!(sent_with(header("Authorization", "JWT")).await.authorization(), "JWT access-1");
}

#[tokio::test]
async fn q6_another_header_without_a_scheme() {
    let seen = sent_with(header("X-Token", "")).await;
    assert_eq!(seen.header(HeaderName::from_static("x-token")), "access-1");
    assert_eq!(seen.authorization(), "");
}

#[tokio::test]
async fn q6_a_query_parameter_beside_those_of_the_caller() {
    let seen = sent_with(Placement::Query { name: "token".into() }).await;
    assert_eq!((seen.query.as_str(), seen.authorization()), ("a=1&token=access-1", ""));
    assert_eq!(seen.header(header::REFERER), "");
}

#[tokio::test]
async fn q6_a_resend_carries_the_new_token_alone() {
    for placement in [header("X-Token", ""), Placement::Query { name: "token".into() }] {
        let script = |seen: &Seen| {
            let old = seen.query == "token=access-1" || seen.header(HeaderName::from_static("x-token")) == "access-1";
            old.then(|| StatusCode::UNAUTHORIZED.into_response())
        };
        let api = Api::start(script).await;
        let client = api.client_of(api.builder().placement(placement.clone()), 3600).await;
        assert_eq!(client.get(api.url("/here")).send().await.unwrap().status(), 200);
        let again = &api.seen("/here")[1];
        match placement {
            Placement::Query { .. } => assert_eq!(again.query, "token=access-2"),
            _ => assert_eq!(again.headers.get_all("x-token").iter().collect::<Vec<_>>(), ["access-2"]),
        }
    }
}

#[tokio::test]
async fn q2_a_callers_own_value_of_the_configured_header_is_left_alone() {
    let api = Api::start(nothing_special).await;
    let client = api.client_of(api.builder().placement(header("X-Token", "")), 3600).await;
    client.get(api.url("/here")).header("x-token", "mine").send().await.unwrap();
    assert_eq!(api.seen("/here")[0].header(HeaderName::from_static("x-token")), "mine");
}
