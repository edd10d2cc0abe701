//! The main job, with access tokens of 4 seconds.

use evertoken::{Credentials, Error, Grant, Revocation, TokenKind, WebStore};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{
    ask_at_once, credentials,
    django::Django,
    eventually, expired, generation, live_generation,
    page::{stored, stored_refresh},
    past_the_floor, stale,
};

#[wasm_bindgen_test]
async fn s1_signing_in_gives_requests_a_token() {
    let django = Django::rotating().await;
    let session = django.builder(WebStore::memory()).build().await.unwrap();
    assert!(matches!(session.access_token().await.unwrap_err(), Error::SignedOut));

    session.sign_in(&credentials()).await.unwrap();
    let token = session.access_token().await.unwrap();
    assert_eq!(django.status_with(token.as_str()).await, 200);
    assert_eq!((generation(&session), django.count("refreshes").await), (1, 0));
}

#[wasm_bindgen_test]
async fn s1_a_wrong_password_is_refused_and_changes_nothing() {
    let django = Django::rotating().await;
    let session = django.session(WebStore::memory()).await;
    let error = session.sign_in(&Credentials::new("demo", "wrong")).await.unwrap_err();
    assert!(matches!(error, Error::CredentialsRefused { status: 401 }), "{error:?}");
    assert_eq!(generation(&session), 1, "who was signed in stays so");
}

#[wasm_bindgen_test]
async fn r1_a_stale_token_is_handed_out_at_once_and_the_refresh_happens_beside_it() {
    let django = Django::rotating().await;
    let session = django.session(WebStore::memory()).await;
    django.delay_refreshes(700).await;
    stale(&session).await;

    let token = session.access_token().await.unwrap();
    assert_eq!((token.generation(), generation(&session)), (1, 1), "nobody waited for the refresh");
    assert_eq!(django.status_with(token.as_str()).await, 200);
    eventually("the refresh ends", async || generation(&session) == 2).await;
    assert_eq!(django.count("refreshes").await, 1);
}

#[wasm_bindgen_test]
async fn r1_many_requests_with_a_stale_token_start_one_refresh() {
    let django = Django::rotating().await;
    let session = django.session(WebStore::memory()).await;
    django.delay_refreshes(300).await;
    stale(&session).await;

    let tokens = ask_at_once(&session, 100).await;
    assert!(tokens.into_iter().all(|token| token.unwrap().generation() == 1));
    eventually("the refresh ends", async || generation(&session) == 2).await;
    assert_eq!(django.count("refreshes").await, 1);
}

#[wasm_bindgen_test]
async fn r1_a_page_in_sight_refreshes_at_the_stale_line_by_itself() {
    let django = Django::rotating().await;
    let session = django.builder(WebStore::memory()).build().await.unwrap();
    session.sign_in(&credentials()).await.unwrap();
    eventually("the refresh ends", async || generation(&session) == 2).await;
}

#[wasm_bindgen_test]
async fn r1_a_page_out_of_sight_stays_quiet_until_it_is_seen_again() {
    let django = Django::rotating().await;
    let session = django.session(WebStore::memory()).await;
    expired(&session).await;
    assert_eq!((generation(&session), django.count("refreshes").await), (1, 0));
    session.look(true);
    eventually("the refresh ends", async || generation(&session) == 2).await;
}

#[wasm_bindgen_test]
async fn r1_an_expired_token_waits_for_one_refresh() {
    let django = Django::rotating().await;
    let session = django.session(WebStore::memory()).await;
    expired(&session).await;

    let token = session.access_token().await.unwrap();
    assert_eq!((token.generation(), generation(&session)), (2, 2));
    assert_eq!(django.status_with(token.as_str()).await, 200);
    assert_eq!((django.count("refreshes").await, django.count("protected_401").await), (1, 0));
}

#[wasm_bindgen_test]
async fn r2_a_hundred_callers_with_an_expired_token_make_exactly_one_refresh() {
    let django = Django::rotating().await;
    let session = django.expired_session(WebStore::memory()).await;
    django.delay_refreshes(200).await;

    let tokens = ask_at_once(&session, 100).await;
    let first = tokens[0].as_ref().unwrap().as_str();
    assert!(tokens.iter().all(|token| token.as_ref().unwrap().as_str() == first));
    assert_eq!(django.status_with(first).await, 200);
    assert_eq!((django.count("refreshes").await, django.count("refresh_ok").await), (1, 1));
}

#[wasm_bindgen_test]
async fn r4_rotation_replaces_the_stored_refresh_token() {
    let django = Django::rotating().await;
    let name = "rotation";
    let session = django.session(WebStore::indexed_db(name)).await;
    let first = stored_refresh(name).await;
    past_the_floor().await;
    session.refresh().await.unwrap();

    assert_ne!(stored_refresh(name).await, first);
    let next = django.quiet(WebStore::indexed_db(name)).await;
    assert_eq!(generation(&next), 2);
    past_the_floor().await;
    next.refresh().await.unwrap();
    assert_eq!((django.count("refreshes").await, django.count("refresh_ok").await), (2, 2));
    assert_eq!(django.status_of_refresh(&first).await, 401, "the first one is blacklisted");
}

#[wasm_bindgen_test]
async fn r4_without_rotation_the_refresh_token_stays() {
    let django = Django::keeping().await;
    let name = "no rotation";
    let session = django.session(WebStore::indexed_db(name)).await;
    let first = stored_refresh(name).await;
    past_the_floor().await;
    session.refresh().await.unwrap();

    assert_eq!(stored_refresh(name).await, first);
    let next = django.quiet(WebStore::indexed_db(name)).await;
    assert_eq!(generation(&next), 2);
    past_the_floor().await;
    next.refresh().await.unwrap();
    assert_eq!(live_generation(&next).await, 3);
}

#[wasm_bindgen_test]
async fn a_token_that_is_hardly_a_second_old_is_not_refreshed_again() {
    let django = Django::rotating().await;
    let session = django.session(WebStore::memory()).await;
    session.refresh().await.unwrap();
    assert_eq!((generation(&session), django.count("refreshes").await), (1, 0));
}

#[wasm_bindgen_test]
async fn s1_signing_out_blacklists_and_clears_the_store() {
    let django = Django::rotating().await;
    let name = "sign-out";
    let session = django.session(WebStore::indexed_db(name)).await;
    let refresh = stored_refresh(name).await;

    let revocation = session.sign_out().await.unwrap();
    assert!(matches!(revocation, Revocation::Done), "{revocation:?}");
    assert!(session.state().is_none() && stored(name).await.is_none());
    assert_eq!((django.count("blacklisted").await, django.status_of_refresh(&refresh).await), (1, 401));
    assert!(matches!(session.access_token().await.unwrap_err(), Error::SignedOut));
}

#[wasm_bindgen_test]
async fn r7_a_refresh_token_that_the_server_refuses_ends_the_session() {
    let django = Django::rotating().await;
    let session = django.quiet(WebStore::indexed_db("refused")).await;
    let (access, refresh) = django.pair().await;
    assert_eq!(django.status_of_refresh(&refresh).await, 200, "somebody else has used it");
    session.adopt(Grant::pair(&access, Some(&refresh)).unwrap()).await.unwrap();

    past_the_floor().await;
    assert_eq!(session.refresh().await.unwrap_err().code(), "rejected");
    assert!(session.state().is_none() && stored("refused").await.is_none());
}

#[wasm_bindgen_test]
async fn t4_a_refresh_token_given_as_access_token_is_refused_by_name() {
    let django = Django::rotating().await;
    let session = django.quiet(WebStore::memory()).await;
    let (access, refresh) = django.pair().await;
    let swapped = session.adopt(Grant::pair(&refresh, Some(&access)).unwrap()).await.unwrap_err();
    assert!(matches!(swapped, Error::WrongTokenKind { expected: TokenKind::Access }), "{swapped:?}");
    let doubled = session.adopt(Grant::pair(&access, Some(&access)).unwrap()).await.unwrap_err();
    assert!(matches!(doubled, Error::WrongTokenKind { expected: TokenKind::Refresh }), "{doubled:?}");
    assert!(session.state().is_none());
}
