//! S2: where a session lives, and what it survives.

use evertoken::WebStore;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{
    credentials,
    django::Django,
    events, eventually, generation, live_generation, names,
    page::{put_into_store, stored},
};

/// The generation that a second session over the same kind of store begins with.
async fn survives(store: impl Fn() -> WebStore) -> u64 {
    let django = Django::rotating().await;
    let session = django.session(store()).await;
    let token = session.access_token().await.unwrap();
    drop(session);

    let next = django.quiet(store()).await;
    if generation(&next) > 0 {
        assert_eq!(next.access_token().await.unwrap().as_str(), token.as_str());
    }
    generation(&next)
}

#[wasm_bindgen_test]
async fn s2_stores_on_the_disk_and_of_the_tab_keep_the_session_and_memory_does_not() {
    assert_eq!(survives(|| WebStore::indexed_db("survives")).await, 1);
    assert_eq!(survives(|| WebStore::local_storage("survives")).await, 1);
    assert_eq!(survives(|| WebStore::session_storage("survives")).await, 1);
    assert_eq!(survives(WebStore::memory).await, 0);
}

#[wasm_bindgen_test]
async fn s2_sessions_of_other_names_and_kinds_are_other_sessions() {
    let django = Django::rotating().await;
    let _session = django.session(WebStore::indexed_db("somebody's")).await;
    assert_eq!(generation(&django.quiet(WebStore::indexed_db("nobody's")).await), 0);
    assert_eq!(generation(&django.quiet(WebStore::local_storage("somebody's")).await), 0);
    assert_eq!(generation(&django.quiet(WebStore::session_storage("somebody's")).await), 0);
}

#[wasm_bindgen_test]
async fn s2_a_session_in_web_storage_refreshes_and_signs_out() {
    for store in [WebStore::local_storage, WebStore::session_storage] {
        let django = Django::rotating().await;
        let store = || store("refreshes");
        let session = django.expired_session(store()).await;
        assert_eq!(live_generation(&session).await, 2);
        assert_eq!(generation(&django.quiet(store()).await), 2);
        session.sign_out().await.unwrap();
        assert_eq!(generation(&django.quiet(store()).await), 0);
    }
}

/// The session is signed out and says why; signing in sets the garbage aside.
async fn garbage(name: &str, value: JsValue) {
    put_into_store(name, &value).await;
    let django = Django::rotating().await;
    let session = django.quiet(WebStore::indexed_db(name)).await;
    let events = events(&session);
    assert!(session.state().is_none());
    eventually("the event", async || names(&events) == ["store-failed"]).await;

    session.sign_in(&credentials()).await.unwrap();
    assert_eq!(stored(name).await.unwrap()["generation"], 1);
    assert_eq!(generation(&django.quiet(WebStore::indexed_db(name)).await), 1);
}

#[wasm_bindgen_test]
async fn s2_what_is_no_record_is_reported_and_set_aside() {
    garbage("text", "no record".into()).await;
    garbage("number", 5.into()).await;
    garbage("truncated", r#"{"version":1,"session":"#.into()).await;
}
