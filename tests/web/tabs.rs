//! R2 and S3: two sessions over one store in IndexedDB, as two tabs have them. Real tabs are tested through pages.

use std::time::Duration;

use evertoken::{Error, Event, Session, SignOutReason, WebStore};
use futures_util::future::join;
use gloo_timers::future::sleep;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{ask_at_once, credentials, django::Django, events, eventually, generation, names, past_the_floor};

/// Two sessions over one store, both with the same expired token.
async fn two_sessions(django: &Django, name: &str) -> [Session; 2] {
    let first = django.expired_session(WebStore::indexed_db(name)).await;
    let second = django.quiet(WebStore::indexed_db(name)).await;
    let [stamp, other] = [&first, &second].map(|session| {
        let state = session.state().unwrap();
        (state.session_id(), state.generation())
    });
    assert_eq!(stamp, other);
    [first, second]
}

#[wasm_bindgen_test]
async fn r2_two_sessions_with_an_expired_token_refresh_once() {
    let django = Django::rotating().await;
    let [first, second] = two_sessions(&django, "two sessions").await;
    django.delay_refreshes(200).await;

    let (here, there) = join(ask_at_once(&first, 25), ask_at_once(&second, 25)).await;
    let tokens: Vec<_> = here.into_iter().chain(there).map(Result::unwrap).collect();
    assert!(tokens.iter().all(|token| token.as_str() == tokens[0].as_str() && token.generation() == 2));
    assert_eq!(django.count("refreshes").await, 1);
}

#[wasm_bindgen_test]
async fn s3_a_refresh_is_adopted_by_the_other_session_without_being_asked() {
    let django = Django::rotating().await;
    let [first, second] = two_sessions(&django, "hint").await;
    let seen = events(&second);

    let token = first.access_token().await.unwrap();
    eventually("the other session adopts", async || generation(&second) == 2).await;
    assert_eq!(second.access_token().await.unwrap().as_str(), token.as_str());
    assert_eq!((names(&seen), django.count("refreshes").await), (vec!["refreshed"], 1));
}

#[wasm_bindgen_test]
async fn s3_a_sign_in_and_a_sign_out_are_seen_by_the_other_session() {
    let django = Django::rotating().await;
    let first = django.quiet(WebStore::indexed_db("seen")).await;
    let second = django.quiet(WebStore::indexed_db("seen")).await;
    let seen = events(&second);

    first.sign_in(&credentials()).await.unwrap();
    eventually("the sign-in is seen", async || generation(&second) == 1).await;
    first.sign_out().await.unwrap();
    eventually("the sign-out is seen", async || second.state().is_none()).await;

    assert!(matches!(second.access_token().await.unwrap_err(), Error::SignedOut));
    assert_eq!(names(&seen), ["signed-in", "signed-out"]);
    let end = seen.borrow().last().cloned();
    assert!(matches!(end, Some(Event::SignedOut { reason: SignOutReason::SignedOutElsewhere })), "{end:?}");
}

#[wasm_bindgen_test]
async fn s3_every_context_is_told_each_event_once() {
    let django = Django::rotating().await;
    let [first, second] = [(), ()].map(|()| django.quiet(WebStore::indexed_db("once each")));
    let (first, second) = join(first, second).await;
    let seen = [events(&first), events(&second)];

    first.sign_in(&credentials()).await.unwrap();
    past_the_floor().await;
    second.refresh().await.unwrap();
    eventually("the refresh is seen", async || generation(&first) == 2).await;
    second.sign_out().await.unwrap();
    eventually("the sign-out is seen", async || first.state().is_none()).await;

    // Whatever would come twice has time to.
    sleep(Duration::from_millis(100)).await;
    for seen in seen {
        assert_eq!(names(&seen), ["signed-in", "refreshed", "signed-out"]);
    }
}
