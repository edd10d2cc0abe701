//! DPoP (RFC 9449): the proof of each request, nonces at both ends, and what a refused proof does not do.

use std::time::Duration;

use evertoken::{Client, Error, FileStore, MemoryStore, OptionError, Placement, Problem, SignOutReason};

use crate::bodies::stream;
use crate::common::{
    dpop::{Bound, Rules, claims, key_in, nonces},
    generation,
};

/// The refresh tokens that were sent.
fn refresh_tokens(bound: &Bound) -> Vec<String> {
    let fields = |body: &str| body.split('&').find_map(|field| field.strip_prefix("refresh_token=").map(String::from));
    bound.api.seen("/token").iter().filter_map(|seen| fields(seen.text())).collect()
}

fn text(nonce: &str) -> Option<String> {
    Some(nonce.into())
}

#[tokio::test]
async fn each_request_has_a_proof_of_its_own() {
    let bound = Bound::start(Rules::default()).await;
    let client = bound.client(bound.pair().expires_in(Duration::ZERO)).await;
    assert_eq!([bound.ask(&client).await, bound.ask(&client).await], [200, 200]);
    let (items, refreshes) = (bound.api.seen("/items"), bound.api.seen("/token"));
    assert_eq!(items[0].authorization(), "DPoP access-2");
    let proofs = [claims(&items[0]), claims(&items[1]), claims(&refreshes[0])];
    assert_eq!(proofs[0]["htu"], bound.api.url("/items"));
    assert_eq!((&proofs[0]["ath"], &proofs[2]["ath"]), (&proofs[1]["ath"], &serde_json::Value::Null));
    assert_eq!((&proofs[2]["htm"], &proofs[2]["htu"]), (&"POST".into(), &bound.api.url("/token").into()));
    assert_ne!(proofs[0]["jti"], proofs[1]["jti"]);
    assert_eq!(key_in(&items[0]), key_in(&refreshes[0]));
}

#[tokio::test]
async fn a_challenge_is_neither_a_refresh_nor_the_one_resend() {
    let rules = Rules { token_nonce: Some("n"), api_nonce: Some("n"), revoked: "access-1", ..Rules::default() };
    let bound = Bound::start(rules).await;
    let client = bound.client(bound.pair()).await;
    assert_eq!(bound.ask(&client).await, 200);
    assert_eq!(nonces(&bound.api.seen("/items")), [None, text("n"), text("n")]);
    assert_eq!(nonces(&bound.api.seen("/token")), [text("n")], "one origin, one nonce");
    bound.rules(|rules| rules.next_nonce = Some("next"));
    assert_eq!([bound.ask(&client).await, bound.ask(&client).await], [200, 200]);
    assert_eq!(nonces(&bound.api.seen("/items"))[3..], [text("n"), text("next")]);
}

#[tokio::test]
async fn a_challenge_of_the_token_endpoint_uses_no_refresh_token_up() {
    let bound = Bound::start(Rules { token_nonce: Some("n"), ..Rules::default() }).await;
    let client = bound.client(bound.pair().expires_in(Duration::ZERO)).await;
    client.session().access_token().await.unwrap();
    assert_eq!(nonces(&bound.api.seen("/token")), [None, text("n")]);
    assert_eq!(refresh_tokens(&bound), ["refresh-1", "refresh-1"]);
    assert_eq!(generation(client.session()), 2);
}

#[tokio::test]
async fn a_resource_that_no_nonce_satisfies_answers_401_after_two_requests() {
    let bound = Bound::start(Rules { insatiable: true, ..Rules::default() }).await;
    let client = bound.client(bound.pair()).await;
    assert_eq!(bound.ask(&client).await, 401);
    assert_eq!(nonces(&bound.api.seen("/items")), [None, text("+")]);
    assert!(bound.api.seen("/token").is_empty());
}

#[tokio::test]
async fn a_token_endpoint_that_no_nonce_satisfies_is_an_error_that_says_so() {
    let bound = Bound::start(Rules { insatiable: true, ..Rules::default() }).await;
    let client = bound.client(bound.pair().expires_in(Duration::ZERO)).await;
    let error = client.session().access_token().await.unwrap_err();
    assert_eq!(error, Error::Misconfigured { problem: Problem::ProofRefused });
    assert!(error.message().contains("DPoP"));
    assert_eq!(bound.api.seen("/token").len(), 2);
    assert_eq!(generation(client.session()), 1, "the session stays");
}

#[tokio::test]
async fn r7_a_refused_proof_ends_no_session_and_invalid_grant_does() {
    for (code, expected) in [
        ("invalid_dpop_proof", Error::Misconfigured { problem: Problem::ProofRefused }),
        ("invalid_grant", Error::Ended(SignOutReason::Rejected)),
    ] {
        let bound = Bound::start(Rules { error: Some(code), ..Rules::default() }).await;
        let client = bound.client(bound.pair().expires_in(Duration::ZERO)).await;
        assert_eq!(client.session().access_token().await.unwrap_err(), expected, "{code}");
        assert_eq!(bound.api.seen("/token").len(), 1, "{code}");
    }
}

#[tokio::test]
async fn r3_an_answer_with_a_bearer_token_is_an_error_and_its_refresh_token_is_kept() {
    let bound = Bound::start(Rules { token_type: "Bearer", ..Rules::default() }).await;
    let client = bound.client(bound.pair().expires_in(Duration::ZERO)).await;
    let error = client.session().access_token().await.unwrap_err();
    assert_eq!(error, Error::Misconfigured { problem: Problem::NotBound });
    bound.rules(|rules| rules.token_type = "dpop");
    // The back-off is a few seconds at most.
    while client.session().access_token().await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(refresh_tokens(&bound), ["refresh-1", "refresh-2"]);
    assert_eq!(bound.ask(&client).await, 200);
    assert_eq!(bound.api.seen("/items")[0].authorization(), "DPoP access-3");
}

#[tokio::test]
async fn the_key_is_stored_with_the_tokens() {
    let bound = Bound::start(Rules::default()).await;
    let store = MemoryStore::new();
    let build = async || bound.api.builder().store(store.clone()).background_refresh(false).build().await.unwrap();
    build().await.adopt(bound.pair().expires_in(Duration::ZERO)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(bound.ask(&Client::new(build().await)).await, 200);
    }
    let items = bound.api.seen("/items");
    assert_eq!(bound.api.seen("/token").len(), 1);
    assert_eq!(key_in(&items[0]), key_in(&items[1]));
}

#[tokio::test]
async fn a_key_that_cannot_be_read_sends_nothing() {
    let bound = Bound::start(Rules::default()).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("session");
    let build =
        async || bound.api.builder().store(FileStore::new(&path)).background_refresh(false).build().await.unwrap();
    build().await.adopt(bound.pair().expires_in(Duration::ZERO)).await.unwrap();
    let record = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, record.replace(bound.key.export().expose(), "damaged")).unwrap();
    let error = build().await.access_token().await.unwrap_err();
    assert_eq!(error, Error::Misconfigured { problem: Problem::ProofRefused });
    assert!(bound.api.seen("/token").is_empty());
}

#[tokio::test]
async fn q4_a_stream_that_is_challenged_is_not_sent_again() {
    let bound = Bound::start(Rules { api_nonce: Some("n"), ..Rules::default() }).await;
    let client = bound.client(bound.pair()).await;
    for expected in [401, 200] {
        let answer = client.post(bound.api.url("/items")).body(stream("whole")).send().await.unwrap();
        assert_eq!(answer.status(), expected);
    }
    assert_eq!(nonces(&bound.api.seen("/items")), [None, text("n")]);
}

#[tokio::test]
async fn a_server_that_gives_up_its_nonces_is_sent_none_any_more() {
    let bound = Bound::start(Rules { api_nonce: Some("n"), ..Rules::default() }).await;
    let client = bound.client(bound.pair()).await;
    assert_eq!(bound.ask(&client).await, 200);
    bound.rules(|rules| rules.api_nonce = None);
    assert_eq!(bound.ask(&client).await, 200);
    assert_eq!(nonces(&bound.api.seen("/items")), [None, text("n"), text("n"), None]);
    assert!(bound.api.seen("/token").is_empty());
}

#[tokio::test]
async fn t2_the_proof_has_the_servers_time() {
    let server = 784_111_777;
    let bound = Bound::start(Rules { date: Some("Sun, 06 Nov 1994 08:49:37 GMT"), ..Rules::default() }).await;
    let client = bound.client(bound.pair().expires_in(Duration::ZERO)).await;
    assert_eq!(bound.ask(&client).await, 200);
    assert!((claims(&bound.api.seen("/items")[0])["iat"].as_i64().unwrap() - server).abs() < 60);
}

#[tokio::test]
async fn t2_a_proof_of_another_time_is_made_once_more_by_the_servers_date() {
    let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
    let bound = Bound::start(Rules { date, clock: Some(784_111_777), ..Rules::default() }).await;
    let client = bound.client(bound.pair()).await;
    assert_eq!([bound.ask(&client).await, bound.ask(&client).await], [200, 200]);
    assert_eq!((bound.api.seen("/items").len(), bound.api.seen("/token").len()), (3, 0));
    let expired = bound.client(bound.pair().expires_in(Duration::ZERO)).await;
    assert_eq!(bound.ask(&expired).await, 200);
    assert_eq!(refresh_tokens(&bound), ["refresh-1", "refresh-1"]);
}

#[tokio::test]
async fn q6_no_other_placement_carries_a_bound_token() {
    let bound = Bound::start(Rules::default()).await;
    let placement = Placement::Query { name: "token".into() };
    let session = bound.api.builder().placement(placement).background_refresh(false).build().await.unwrap();
    session.adopt(bound.pair()).await.unwrap();
    let error = Client::new(session).get(bound.api.url("/items")).send().await.unwrap_err();
    let expected = Error::InvalidOption { field: "placement", problem: OptionError::NotForBound };
    assert!(matches!(error, evertoken::RequestError::Session(error) if error == expected));
    assert!(bound.api.seen("/items").is_empty());
}
