//! Q2 and Q3: which answers cause a refresh and a second try, and which are the caller's.

use axum::{
    http::{
        StatusCode,
        header::{AUTHORIZATION, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use evertoken::Refusal;
use tokio::task::JoinSet;

use crate::common::{
    api::{Api, Seen, first_token_revoked, nothing_special},
    generation,
};

/// Requests to `/here`, and refreshes.
fn sent(api: &Api) -> (usize, usize) {
    (api.seen("/here").len(), api.seen("/token").len())
}

fn always(status: StatusCode) -> impl Fn(&Seen) -> Option<Response> {
    move |seen| (seen.path == "/here").then(|| status.into_response())
}

#[tokio::test]
async fn q3_a_401_is_cured_by_one_refresh_and_one_resend() {
    let api = Api::start(first_token_revoked).await;
    let answer = api.client().await.post(api.url("/here")).body("twice").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let seen = api.seen("/here");
    assert_eq!([seen[0].authorization(), seen[1].authorization()], ["Bearer access-1", "Bearer access-2"]);
    assert_eq!([seen[0].text(), seen[1].text()], ["twice", "twice"]);
    assert_eq!(sent(&api), (2, 1));
}

#[tokio::test]
async fn q3_a_second_401_is_the_callers_answer() {
    let api = Api::start(always(StatusCode::UNAUTHORIZED)).await;
    let answer = api.client().await.get(api.url("/here")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(sent(&api), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn q3_requests_that_learn_of_a_revoked_token_one_after_the_other_share_one_refresh() {
    let api = Api::start(first_token_revoked).await;
    let client = api.client().await;
    let mut requests = JoinSet::new();
    for _ in 0..20 {
        requests.spawn(client.get(api.url("/here")).send());
    }
    assert!(requests.join_all().await.into_iter().all(|answer| answer.unwrap().status() == 200));
    assert_eq!((api.seen("/token").len(), generation(client.session())), (1, 2));
}

#[tokio::test]
async fn q3_where_the_refresh_fails_the_401_is_the_answer() {
    let api = Api::start(|seen| match seen.path.as_str() {
        "/token" => Some(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        _ => Some(StatusCode::UNAUTHORIZED.into_response()),
    });
    let api = api.await;
    let client = api.client().await;
    let answer = client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(sent(&api), (1, 1));
    assert_eq!(generation(client.session()), 1, "the session lives on");
}

#[tokio::test]
async fn q3_a_403_refreshes_only_where_it_is_configured() {
    let api = Api::start(always(StatusCode::FORBIDDEN)).await;
    assert_eq!(api.client().await.get(api.url("/here")).send().await.unwrap().status(), 403);
    assert_eq!(sent(&api), (1, 0));

    let api = Api::start(always(StatusCode::FORBIDDEN)).await;
    let client = api.client_of(api.builder().refresh_on([Refusal::status(401), Refusal::status(403)]), 3600).await;
    assert_eq!(client.get(api.url("/here")).send().await.unwrap().status(), 403);
    assert_eq!(sent(&api), (2, 1));
}

#[tokio::test]
async fn q3_insufficient_scope_is_cured_by_no_refresh() {
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="admin""#;
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN] {
        let api = Api::start(move |_| Some((status, [(WWW_AUTHENTICATE, challenge)]).into_response())).await;
        let client = api.client_of(api.builder().refresh_on([Refusal::status(401), Refusal::status(403)]), 3600).await;
        assert_eq!(client.get(api.url("/here")).send().await.unwrap().status(), status);
        assert_eq!(sent(&api), (1, 0));
    }
}

#[tokio::test]
async fn q3_other_answers_are_the_callers_at_once() {
    for status in
        [StatusCode::NO_CONTENT, StatusCode::NOT_FOUND, StatusCode::TOO_MANY_REQUESTS, StatusCode::BAD_GATEWAY]
    {
        let api = Api::start(always(status)).await;
        assert_eq!(api.client().await.get(api.url("/here")).send().await.unwrap().status(), status);
        assert_eq!(sent(&api), (1, 0));
    }
}

#[tokio::test]
async fn q2_a_callers_own_credentials_are_left_alone_and_not_retried() {
    let api = Api::start(always(StatusCode::UNAUTHORIZED)).await;
    let client = api.client().await;
    let request = || client.get(api.url("/here"));
    let own = [
        (request().header(AUTHORIZATION, "Token mine"), "Token mine"),
        (request().bearer_auth("mine"), "Bearer mine"),
        (request().basic_auth("me", Some("pw")), "Basic bWU6cHc="),
    ];
    for (count, (request, expected)) in own.into_iter().enumerate() {
        assert_eq!(request.send().await.unwrap().status(), 401);
        assert_eq!(api.seen("/here")[count].authorization(), expected);
    }
    assert_eq!(sent(&api), (3, 0));
}

#[tokio::test]
async fn q2_own_credentials_do_not_wait_for_a_refresh() {
    let api = Api::start(nothing_special).await;
    let client = api.client_of(api.builder(), 0).await;
    client.get(api.url("/here")).bearer_auth("mine").send().await.unwrap();
    assert_eq!(sent(&api), (1, 0));
}
