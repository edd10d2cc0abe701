//! The HTTP contract, as a client sees it: SimpleJWT's wire format, and the controls of the demo page.

mod common;

use std::time::{Duration, Instant};

use common::{Answer, Client};
use serde_json::json;

#[tokio::test]
async fn signing_in_gives_a_pair_and_nothing_else() {
    let client = Client::start().await;
    let answer = client.post("/api/token/", json!({ "username": "alice", "password": "alice" })).await;
    assert_eq!(answer.status, 200);
    let mut fields: Vec<_> = answer.body.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["access", "refresh"]);
    assert_eq!(client.protected(answer.text("access")).await.body["user"], "alice");
    assert_eq!(client.stats().sign_ins, 1);
}

#[tokio::test]
async fn a_wrong_password_is_a_401_without_a_code() {
    let client = Client::start().await;
    let answer = client.post("/api/token/", json!({ "username": "demo", "password": "x" })).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.body, json!({ "detail": "No active account found with the given credentials" }));
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="api""#);
}

#[tokio::test]
async fn a_malformed_request_is_a_400_or_415_that_names_what_is_wrong() {
    let client = Client::start().await;
    let missing = client.post("/api/token/", json!({ "username": "demo" })).await;
    assert_eq!((missing.status, missing.body), (400, json!({ "password": ["This field is required."] })));
    let wrong_type = client.post("/api/token/refresh/", json!({ "refresh": 7 })).await;
    assert_eq!((wrong_type.status, wrong_type.body), (400, json!({ "refresh": ["This field is required."] })));
    let not_json = client.post_raw("/api/token/refresh/", "application/json", "{").await;
    assert_eq!(not_json.status, 400);
    assert!(not_json.text("detail").starts_with("JSON parse error - "));
    let text = client.post_raw("/api/token/refresh/", "text/plain", "{}").await;
    assert_eq!(text.status, 415);
}

#[tokio::test]
async fn a_refresh_rotates_both_tokens() {
    let client = Client::start().await;
    let first = client.sign_in().await;
    let answer = client.refresh(&first.refresh).await;
    assert_eq!(answer.status, 200);
    assert_ne!(answer.text("refresh"), first.refresh);
    assert_ne!(answer.text("access"), first.access);
    assert_eq!(client.protected(answer.text("access")).await.status, 200);
    assert_eq!(client.stats().refreshes, 1);
}

#[tokio::test]
async fn a_refresh_token_presented_twice_ends_the_session_with_all_its_tokens() {
    let client = Client::start().await;
    let first = client.sign_in().await;
    let second = client.refresh(&first.refresh).await;
    let again = client.refresh(&first.refresh).await;
    assert_eq!(again.status, 401);
    assert_eq!(again.body, json!({ "detail": "Token is blacklisted", "code": "token_not_valid" }));
    assert_eq!(client.refresh(second.text("refresh")).await.status, 401);
    assert_eq!(client.protected(second.text("access")).await.status, 401);
    let stats = client.stats();
    assert_eq!((stats.presented_twice, stats.sessions_ended), (1, 1));
}

#[tokio::test]
async fn of_many_refreshes_at_once_with_one_token_one_is_granted() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    let tries = (0..20).map(|_| {
        let (client, token) = (client.clone(), pair.refresh.clone());
        tokio::spawn(async move { client.refresh(&token).await.status })
    });
    let mut granted = 0;
    for one in tries.collect::<Vec<_>>() {
        granted += u32::from(one.await.unwrap() == 200);
    }
    assert_eq!(granted, 1);
    assert_eq!(client.stats().presented_twice, 19);
}

#[tokio::test]
async fn signing_out_blacklists_the_refresh_token() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    let answer = client.post("/api/token/blacklist/", json!({ "refresh": pair.refresh })).await;
    assert_eq!((answer.status, answer.body), (200, json!({})));
    let answer = client.refresh(&pair.refresh).await;
    assert_eq!((answer.status, answer.text("detail")), (401, "Token is blacklisted"));
    assert_eq!(client.stats().presented_twice, 0);
}

#[tokio::test]
async fn verify_tells_a_good_token_from_a_bad_one() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    for (token, status) in [(&*pair.access, 200), (&*pair.refresh, 200), ("garbage", 401)] {
        let answer = client.post("/api/token/verify/", json!({ "token": token })).await;
        assert_eq!(answer.status, status, "{token}");
    }
}

#[tokio::test]
async fn a_protected_request_without_a_good_token_is_a_401() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    let none = client.get("/api/protected/").await;
    assert_eq!(none.body, json!({ "detail": "Authentication credentials were not provided." }));
    let wrong = client.protected(&pair.refresh).await;
    assert_eq!(wrong.header("www-authenticate"), r#"Bearer realm="api""#);
    assert_eq!(wrong.text("code"), "token_not_valid");
    assert_eq!(wrong.body["messages"][0]["message"], "Token has wrong type");
    assert_eq!((none.status, wrong.status), (401, 401));
    assert_eq!(client.stats().requests_unauthorized, 2);
}

#[tokio::test]
async fn expire_refuses_the_access_tokens_issued_so_far_and_no_later_one() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    assert_eq!(client.post("/demo/expire", json!({})).await.status, 200);
    assert_eq!(client.protected(&pair.access).await.status, 401);
    let next = client.refresh(&pair.refresh).await;
    assert_eq!(client.protected(next.text("access")).await.status, 200);
}

#[tokio::test]
async fn during_an_outage_the_api_answers_503_and_the_controls_go_on() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    assert_eq!(client.post("/demo/outage", json!({ "seconds": 10 })).await.status, 200);
    let answer = client.refresh(&pair.refresh).await;
    assert_eq!(answer.status, 503);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(!answer.headers.contains_key("retry-after"));
    assert_eq!(client.protected(&pair.access).await.status, 503);
    let left = client.get("/demo/stats").await.body["unavailable_for_ms"].as_u64().unwrap();
    assert!((5_000..=10_000).contains(&left), "{left}");

    client.post("/demo/outage", json!({ "seconds": 0 })).await;
    assert_eq!(client.refresh(&pair.refresh).await.status, 200, "the token was not consumed meanwhile");
}

#[tokio::test]
async fn latency_delays_the_answer_and_not_the_refresh() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    client.post("/demo/latency", json!({ "refresh_ms": 300 })).await;
    let begun = Instant::now();
    let (answer, ()) = tokio::join!(client.refresh(&pair.refresh), async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(client.stats().refreshes, 1);
    });
    assert_eq!(answer.status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn stats_show_every_counter_in_one_flat_object() {
    let client = Client::start().await;
    client.sign_in().await;
    let expected = json!({
        "sign_ins": 1, "refreshes": 0, "presented_twice": 0, "sessions_ended": 0, "requests_ok": 0,
        "requests_unauthorized": 0, "unavailable_for_ms": 0, "access_lifetime_s": 20,
    });
    assert_eq!(client.get("/demo/stats").await.body, expected);
}

async fn oauth2(client: &Client, token: &str) -> Answer {
    let form = format!("grant_type=refresh_token&client_id=any&refresh_token={token}");
    client.post_raw("/oauth/token", "application/x-www-form-urlencoded", form).await
}

async fn gotrue(client: &Client, token: &str) -> Answer {
    client.post("/auth/v1/token?grant_type=refresh_token", json!({ "refresh_token": token })).await
}

#[tokio::test]
async fn every_dialect_refreshes_the_same_session() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    let first = oauth2(&client, &pair.refresh).await;
    assert_eq!((first.status, &first.body["expires_in"], first.text("token_type")), (200, &json!(20), "bearer"));
    let second = gotrue(&client, first.text("refresh_token")).await;
    assert_eq!((second.status, &second.body["expires_in"]), (200, &json!(20)));
    assert_eq!(client.protected(second.text("access_token")).await.status, 200);
    assert_eq!(client.stats().refreshes, 2);
}

#[tokio::test]
async fn a_token_presented_twice_is_refused_in_the_words_of_each() {
    let client = Client::start().await;
    let pair = client.sign_in().await;
    client.refresh(&pair.refresh).await;
    let refused = oauth2(&client, &pair.refresh).await;
    assert_eq!((refused.status, refused.text("error")), (400, "invalid_grant"));
    let refused = gotrue(&client, &pair.refresh).await;
    assert_eq!((refused.status, refused.text("error_code")), (400, "refresh_token_not_found"));
    assert_eq!(client.stats().presented_twice, 2);
}

#[tokio::test]
async fn a_lifetime_counts_for_later_tokens() {
    let client = Client::start().await;
    let stats = client.post("/demo/lifetime", json!({ "access_s": 7 })).await;
    assert_eq!(stats.body["access_lifetime_s"], 7);
    let pair = client.sign_in().await;
    assert_eq!(oauth2(&client, &pair.refresh).await.body["expires_in"], 7);
}
