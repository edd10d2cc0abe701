//! R6: a refresh belongs to the session, not to those who wait for it.

use std::{
    pin::pin,
    task::{Context, Waker},
};

use evertoken::{Error, Session, WebStore};
use futures_util::future::join;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{ask_at_once, credentials, django::Django, eventually, generation, live_generation, page::stored};

/// Asks for a token and goes away; says whether there was something to wait for.
fn ask_and_go(session: &Session) -> bool {
    pin!(session.access_token()).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// Waits until a refresh has reached the server.
async fn refreshing(django: &Django) {
    eventually("a refresh reaches the server", async || django.count("refreshes").await == 1).await;
}

/// Waits until the refresh that was under way is stored.
async fn stored_generation(name: &str, expected: u64) {
    eventually("the refresh is stored", async || stored(name).await.unwrap()["generation"] == expected).await;
}

#[wasm_bindgen_test]
async fn r6_dropping_a_caller_in_the_middle_of_a_refresh_loses_nothing() {
    let django = Django::rotating().await;
    let session = django.expired_session(WebStore::memory()).await;
    django.delay_refreshes(200).await;
    assert!(ask_and_go(&session), "an expired token is waited for");
    eventually("the refresh ends", async || generation(&session) == 2).await;
    assert_eq!(live_generation(&session).await, 2);
    assert_eq!(django.count("refreshes").await, 1);
}

#[wasm_bindgen_test]
async fn r6_dropping_one_caller_leaves_the_others_waiting() {
    let django = Django::rotating().await;
    let session = django.expired_session(WebStore::memory()).await;
    django.delay_refreshes(200).await;
    let others = ask_at_once(&session, 3);
    assert!(ask_and_go(&session));
    assert!(others.await.into_iter().all(|token| token.unwrap().generation() == 2));
    assert_eq!(django.count("refreshes").await, 1);
}

#[wasm_bindgen_test]
async fn r6_dropping_the_session_in_the_middle_of_a_refresh_loses_nothing() {
    let django = Django::rotating().await;
    let name = "dropped while refreshing";
    let session = django.expired_session(WebStore::indexed_db(name)).await;
    django.delay_refreshes(300).await;
    assert!(ask_and_go(&session));
    refreshing(&django).await;
    drop(session);

    let next = django.quiet(WebStore::indexed_db(name)).await;
    assert_eq!(live_generation(&next).await, 2);
    assert_eq!((django.count("refreshes").await, django.count("refresh_ok").await), (1, 1));
}

#[wasm_bindgen_test]
async fn r6_dropping_the_session_at_any_stage_gives_the_lock_back() {
    let django = Django::rotating().await;
    let name = "dropped at once";
    let session = django.expired_session(WebStore::indexed_db(name)).await;
    assert!(ask_and_go(&session));
    drop(session);

    let next = django.quiet(WebStore::indexed_db(name)).await;
    assert_eq!(live_generation(&next).await, 2);
    assert_eq!((django.count("refreshes").await, django.count("refresh_ok").await), (1, 1));
}

#[wasm_bindgen_test]
async fn r6_a_sign_in_that_nobody_waits_for_any_more_is_carried_to_its_end() {
    let django = Django::rotating().await;
    let session = django.quiet(WebStore::memory()).await;
    {
        let credentials = credentials();
        let signing_in = pin!(session.sign_in(&credentials));
        assert!(signing_in.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    eventually("the session begins", async || generation(&session) == 1).await;
}

#[wasm_bindgen_test]
async fn closing_answers_who_waits_and_stores_the_refresh_that_is_under_way() {
    let django = Django::rotating().await;
    let name = "closed";
    let session = django.expired_session(WebStore::indexed_db(name)).await;
    django.delay_refreshes(300).await;
    let close = async {
        refreshing(&django).await;
        session.close();
    };
    let (answers, ()) = join(ask_at_once(&session, 5), close).await;
    assert!(answers.into_iter().all(|answer| matches!(answer, Err(Error::Closed))));

    stored_generation(name, 2).await;
    assert!(matches!(session.sign_in(&credentials()).await, Err(Error::Closed)));
    assert!(matches!(session.refresh().await, Err(Error::Closed)));
    assert_eq!(generation(&django.quiet(WebStore::indexed_db(name)).await), 2);
}
