//! R7: a session ends when the server says so in its own language, or when somebody signs out; everybody learns why.

use std::time::Duration;

use evertoken::{Credentials, Event, MemoryStore, Revocation, Session, SignOutReason};
use serde_json::json;

use crate::common::{credentials, demo::Demo, event, eventually, generation, stamp};

/// A session with an expired token whose refresh token somebody else has used already.
async fn robbed(demo: &Demo, store: MemoryStore) -> Session {
    let (access, refresh) = demo.pair().await;
    demo.post("/api/token/refresh/", json!({ "refresh": refresh })).await;
    let session = demo.builder().store(store).build().await.unwrap();
    let pair = evertoken::Grant::pair(&access, Some(&refresh)).unwrap();
    session.adopt(pair.expires_in(Duration::ZERO)).await.unwrap();
    session
}

#[tokio::test]
async fn r7_a_refused_refresh_token_ends_the_session_and_clears_the_store() {
    let demo = Demo::start().await;
    let store = MemoryStore::new();
    let session = robbed(&demo, store.clone()).await;
    let mut events = session.events();

    let error = session.access_token().await.unwrap_err();
    assert_eq!(error.code(), "rejected");
    let end = event(&mut events, "signed-out").await;
    assert!(matches!(end, Event::SignedOut { reason: SignOutReason::Rejected }), "{end:?}");
    assert!(events.try_next().is_none(), "said once");
    assert_eq!(session.access_token().await.unwrap_err().code(), "signed-out");
    let next = demo.builder().store(store).build().await.unwrap();
    assert!(next.state().is_none(), "the next program does not find a dead session");
}

#[tokio::test]
async fn r9_a_new_sign_in_after_the_end_is_a_new_session() {
    let demo = Demo::start().await;
    let session = robbed(&demo, MemoryStore::new()).await;
    let (before, _) = stamp(&session);
    assert_eq!(session.access_token().await.unwrap_err().code(), "rejected");

    session.sign_in(&credentials()).await.unwrap();
    let (after, generation) = stamp(&session);
    assert!(after != before && generation == 1);
}

#[tokio::test]
async fn r9_what_another_session_of_the_store_signs_in_or_out_is_seen_at_the_next_refresh() {
    let demo = Demo::start().await;
    let store = MemoryStore::new();
    let first = demo.builder().store(store.clone()).build().await.unwrap();
    first.adopt(demo.expired_pair().await).await.unwrap();
    let second = demo.builder().store(store.clone()).build().await.unwrap();
    let third = demo.builder().store(store).build().await.unwrap();

    assert!(matches!(first.sign_out().await.unwrap(), Revocation::Done));
    assert_eq!(second.access_token().await.unwrap_err().code(), "signed-out-elsewhere");

    first.sign_in(&Credentials::new("alice", "alice")).await.unwrap();
    let error = third.access_token().await.unwrap_err();
    assert_eq!(error.code(), "replaced", "a caller of the old session never gets the new user's token");
    assert_eq!(stamp(&third), stamp(&first));
    assert_eq!(demo.count().refreshes, 0);
}

#[tokio::test]
async fn s1_sign_out_reports_a_server_that_does_not_answer_and_is_done_all_the_same() {
    let demo = Demo::start().await;
    let session = demo.builder().build().await.unwrap();
    session.adopt(demo.expired_pair().await).await.unwrap();
    demo.post("/demo/outage", json!({ "seconds": 60 })).await;

    let revocation = session.sign_out().await.unwrap();
    assert!(matches!(&revocation, Revocation::Failed(error) if error.code() == "unavailable"), "{revocation:?}");
    assert!(session.state().is_none());
}

#[tokio::test]
async fn s1_signing_out_in_the_middle_of_a_refresh_revokes_the_token_that_it_brings() {
    let demo = Demo::start().await;
    demo.delay_refreshes(200).await;
    let session = demo.builder().build().await.unwrap();
    session.adopt(demo.expired_pair().await).await.unwrap();
    let waiting = tokio::spawn({
        let session = session.clone();
        async move { session.access_token().await }
    });
    demo.refreshing().await;

    assert!(matches!(session.sign_out().await.unwrap(), Revocation::Done), "the new token was still good");
    assert_eq!(waiting.await.unwrap().unwrap_err().code(), "signed-out-here");
    assert_eq!(demo.count().presented_twice, 0);
}

#[tokio::test]
async fn s3_each_session_tells_its_observers_once() {
    let demo = Demo::start().await;
    let session = demo.builder().build().await.unwrap();
    let mut events = session.events();
    session.adopt(demo.expired_pair().await).await.unwrap();
    session.access_token().await.unwrap();
    session.sign_out().await.unwrap();

    let mut names = Vec::new();
    eventually("three events", async || {
        names.extend(events.try_next().map(|event| event.name()));
        names.len() == 3
    })
    .await;
    assert_eq!(names, ["signed-in", "refreshed", "signed-out"]);
    assert!(events.try_next().is_none());
}

#[tokio::test]
async fn a_closed_session_answers_everybody_and_keeps_what_is_stored() {
    let demo = Demo::start().await;
    let store = MemoryStore::new();
    let session = demo.builder().store(store.clone()).build().await.unwrap();
    session.adopt(demo.expired_pair().await).await.unwrap();

    session.close();
    assert_eq!(session.access_token().await.unwrap_err().code(), "closed");
    assert_eq!(session.sign_out().await.unwrap_err().code(), "closed");
    assert_eq!(generation(&demo.builder().store(store).build().await.unwrap()), 1);
}
