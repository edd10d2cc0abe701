//! R6: a refresh belongs to the session, not to the request that caused it. R5: what a crash leaves behind.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Waker},
    time::Duration,
};

use evertoken::{Client, Event, FileStore, MemoryStore, SignOutReason, store::Store};
use tokio::{runtime::Runtime, time::timeout};

use crate::common::{credentials, demo::Demo, event, eventually, generation};

#[tokio::test]
async fn r6_aborting_the_request_that_caused_a_refresh_loses_nothing() {
    let demo = Demo::start().await;
    demo.delay_refreshes(200).await;
    let store = MemoryStore::new();
    let client = Client::new(demo.builder().store(store.clone()).build().await.unwrap());
    client.session().adopt(demo.expired_pair().await).await.unwrap();

    let request = tokio::spawn(client.get(demo.url("/api/protected/")).send());
    demo.refreshing().await;
    request.abort();
    assert!(request.await.unwrap_err().is_cancelled());
    eventually("the refresh ends all the same", async || generation(client.session()) == 2).await;

    let next = Client::new(demo.builder().store(store).build().await.unwrap());
    assert_eq!(generation(next.session()), 2, "the new pair is stored");
    assert_eq!(next.get(demo.url("/api/protected/")).send().await.unwrap().status(), 200);
    assert_eq!((demo.count().refreshes, demo.count().presented_twice), (1, 0));
}

#[tokio::test]
async fn r6_dropping_the_session_in_the_middle_of_a_refresh_loses_nothing() {
    let demo = Demo::start().await;
    demo.delay_refreshes(200).await;
    let store = MemoryStore::new();
    let session = demo.builder().store(store.clone()).build().await.unwrap();
    session.adopt(demo.expired_pair().await).await.unwrap();
    let waiting = tokio::spawn(async move { session.access_token().await });
    demo.refreshing().await;
    waiting.abort();

    let next = demo.builder().store(store).build().await.unwrap();
    assert_eq!(next.access_token().await.unwrap().generation(), 2);
    assert_eq!((demo.count().refreshes, demo.count().presented_twice), (1, 0));
}

#[tokio::test]
async fn r6_a_sign_in_that_nobody_waits_for_any_more_is_carried_to_its_end() {
    let demo = Demo::start().await;
    let session = demo.builder().build().await.unwrap();
    {
        let credentials = credentials();
        let signing_in = pin!(session.sign_in(&credentials));
        assert!(begin(signing_in), "it waits for the server");
    }
    eventually("the session begins", async || generation(&session) == 1).await;
}

/// Polls once; says whether the future waits for something.
fn begin(future: Pin<&mut impl Future>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// A runtime that is shut down stands for a crash: its tasks end where they are. The server has rotated, and only
/// the lost answer had the new token.
#[test]
fn r5_a_refresh_that_a_crash_cut_off_is_tried_again_at_once_and_its_refusal_is_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("session"));
    let servers = Runtime::new().unwrap();
    let demo = servers.block_on(Demo::start());

    let crashing = Runtime::new().unwrap();
    crashing.block_on(async {
        demo.delay_refreshes(60_000).await;
        let session = demo.builder().store(store.clone()).build().await.unwrap();
        session.adopt(demo.expired_pair().await).await.unwrap();
        tokio::spawn(async move { session.access_token().await });
        demo.refreshing().await;
    });
    crashing.shutdown_background();

    servers.block_on(async {
        demo.delay_refreshes(100).await;
        // Nobody asks for a token: the attempt that was left over is reason enough.
        let session = demo.builder().store(store).build().await.unwrap();
        let end = event(&mut session.events(), "signed-out").await;
        assert!(matches!(end, Event::SignedOut { reason: SignOutReason::Interrupted }), "{end:?}");
        assert_eq!(demo.count().presented_twice, 1);
    });
}

/// A session that some static holds outlives the runtime in which it was built.
#[test]
fn a_session_whose_runtime_has_ended_answers_instead_of_hanging() {
    let servers = Runtime::new().unwrap();
    let demo = servers.block_on(Demo::start());
    let first = Runtime::new().unwrap();
    let session = first.block_on(async {
        let session = demo.builder().build().await.unwrap();
        session.adopt(demo.expired_pair().await).await.unwrap();
        session
    });
    drop(first);
    servers.block_on(async {
        for _ in 0..2 {
            let answer = timeout(Duration::from_secs(5), session.access_token()).await;
            assert_eq!(answer.expect("an answer").unwrap_err().code(), "closed");
        }
    });
}

#[test]
fn r2_a_session_whose_runtime_has_ended_holds_no_lock() {
    let servers = Runtime::new().unwrap();
    let demo = servers.block_on(Demo::start());
    let (store, first) = (MemoryStore::new(), Runtime::new().unwrap());
    let _held = first.block_on(async {
        demo.delay_refreshes(60_000).await;
        let session = demo.builder().store(store.clone()).build().await.unwrap();
        session.adopt(demo.expired_pair().await).await.unwrap();
        tokio::spawn({
            let session = session.clone();
            async move { session.access_token().await }
        });
        demo.refreshing().await;
        session
    });
    drop(first);
    let lock = servers.block_on(async { timeout(Duration::from_secs(5), store.lock()).await });
    assert!(lock.is_ok_and(|guard| guard.is_ok()), "the lock is free");
}
