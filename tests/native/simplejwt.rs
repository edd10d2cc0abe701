//! The main job against the real djangorestframework-simplejwt, with access tokens of 4 seconds.

use std::{fs, time::Duration};

use evertoken::{Client, Error, FileStore, Grant, Revocation, Session};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::common::{credentials, django::Django, event, eventually, expired, generation, stale};

/// The refresh token in a store's file.
fn stored_refresh(file: &std::path::Path) -> String {
    let record: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    record["refresh"].as_str().unwrap().into()
}

async fn refresh(session: &Session) {
    // A token that is less than a second old counts as new.
    sleep(Duration::from_millis(1_010)).await;
    session.refresh().await.unwrap();
}

#[tokio::test]
async fn s1_signing_in_gives_requests_a_token() {
    let django = Django::start().await;
    let session = django.builder().build().await.unwrap();
    let client = Client::new(session.clone());
    assert_eq!(client.get(django.url("/api/protected/")).send().await.unwrap().status(), 401, "signed out");

    session.sign_in(&credentials()).await.unwrap();
    let answer: Value = client.get(django.url("/api/protected/")).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["user"], "demo");
    assert_eq!(django.count("refreshes").await, 0);
}

#[tokio::test]
async fn s1_a_wrong_password_is_refused_and_changes_nothing() {
    let django = Django::start().await;
    let session = django.session().await;
    let error = session.sign_in(&evertoken::Credentials::new("demo", "wrong")).await.unwrap_err();
    assert!(matches!(error, Error::CredentialsRefused { status: 401 }), "{error:?}");
    assert_eq!(generation(&session), 1, "who was signed in stays so");
}

#[tokio::test]
async fn r1_a_request_inside_refresh_ahead_goes_out_at_once_and_the_refresh_happens_beside_it() {
    let django = Django::start().await;
    let client = Client::new(django.session().await);
    django.delay_refreshes(1_500).await;
    stale(client.session()).await;

    let answer = client.get(django.url("/api/protected/")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(generation(client.session()), 1, "the answer came before the refresh ended");
    eventually("the refresh ends", async || generation(client.session()) == 2).await;
    assert_eq!(django.count("refreshes").await, 1);
}

#[tokio::test]
async fn r1_the_background_timer_refreshes_at_the_stale_line_without_a_request() {
    let django = Django::start().await;
    let session = django.builder().build().await.unwrap();
    session.sign_in(&credentials()).await.unwrap();
    let mut events = session.events();
    event(&mut events, "refreshed").await;
    assert_eq!(generation(&session), 2);
    session.close();
}

#[tokio::test]
async fn r1_after_expiry_a_request_waits_for_one_refresh() {
    let django = Django::start().await;
    let client = Client::new(django.session().await);
    expired(client.session()).await;

    let answer = client.get(django.url("/api/protected/")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(generation(client.session()), 2);
    assert_eq!(django.count("refreshes").await, 1);
    assert_eq!(django.count("protected_401").await, 0, "the expired token was not sent");
}

#[tokio::test]
async fn q3_a_request_with_a_revoked_token_is_sent_once_more_after_a_refresh() {
    let django = Django::start().await;
    let client = Client::new(django.session().await);
    let access = client.session().access_token().await.unwrap();
    django.post("/test/revoke/", json!({ "access": access.as_str() })).await;

    let answer = client.post(django.url("/api/protected/")).json(&json!({ "again": true })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!((django.count("protected_401").await, django.count("refreshes").await), (1, 1));
}

#[tokio::test]
async fn r4_rotation_replaces_the_stored_refresh_token() {
    let django = Django::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let builder = django.builder().store(FileStore::new(&file)).background_refresh(false);
    let session = builder.build().await.unwrap();
    session.sign_in(&credentials()).await.unwrap();
    let before = stored_refresh(&file);

    refresh(&session).await;
    let after = stored_refresh(&file);
    assert_ne!(before, after);
    let used = django.post("/api/token/refresh/", json!({ "refresh": before })).await;
    assert_eq!(used["detail"], "Token is blacklisted");
    let kept = django.post("/api/token/refresh/", json!({ "refresh": after })).await;
    assert!(kept["access"].is_string(), "the stored one is the live one");
}

#[tokio::test]
async fn r4_without_rotation_the_refresh_token_stays() {
    let django = Django::start_without_rotation().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let builder = django.builder().store(FileStore::new(&file)).background_refresh(false);
    let session = builder.build().await.unwrap();
    session.sign_in(&credentials()).await.unwrap();
    let before = stored_refresh(&file);

    for round in 2..4 {
        refresh(&session).await;
        assert_eq!((generation(&session), stored_refresh(&file)), (round, before.clone()));
    }
    assert_eq!(django.count("refresh_ok").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_a_hundred_requests_with_an_expired_token_make_one_refresh_and_a_hundred_good_answers() {
    let django = Django::start().await;
    let client = Client::new(django.session().await);
    expired(client.session()).await;

    let mut requests = JoinSet::new();
    for _ in 0..100 {
        requests.spawn(client.get(django.url("/api/protected/")).send());
    }
    let answers = requests.join_all().await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 200));
    assert_eq!((django.count("refreshes").await, django.count("protected_ok").await), (1, 100));
}

#[tokio::test]
async fn s1_sign_out_blacklists_the_refresh_token_and_empties_the_store() {
    let django = Django::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = django.builder().store(FileStore::new(&file)).build().await.unwrap();
    session.sign_in(&credentials()).await.unwrap();
    let refresh = stored_refresh(&file);

    assert!(matches!(session.sign_out().await.unwrap(), Revocation::Done));
    assert!(!file.exists() && session.state().is_none());
    assert_eq!(django.count("blacklisted").await, 1);
    let used = django.post("/api/token/refresh/", json!({ "refresh": refresh })).await;
    assert_eq!(used["detail"], "Token is blacklisted");
    assert_eq!(session.access_token().await.unwrap_err().code(), "signed-out");
}

#[tokio::test]
async fn t4_tokens_in_each_others_place_are_refused_by_name() {
    let django = Django::start().await;
    let (access, refresh) = django.pair().await;
    let session = django.builder().build().await.unwrap();

    let error = session.adopt(Grant::pair(&refresh, Some(&refresh)).unwrap()).await.unwrap_err();
    assert_eq!(error.code(), "wrong-token-kind");
    assert!(error.to_string().starts_with("A refresh token was given where an access token belongs"), "{error}");
    let error = session.adopt(Grant::pair(&access, Some(&access)).unwrap()).await.unwrap_err();
    assert!(error.to_string().starts_with("An access token was given where a refresh token belongs"), "{error}");

    session.adopt(Grant::pair(&access, Some(&refresh)).unwrap()).await.unwrap();
    assert_eq!(generation(&session), 1, "the right way round they are taken");
}
