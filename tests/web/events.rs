//! S3: what observers are told.

use std::{cell::Cell, rc::Rc, time::Duration};

use evertoken::{Event, SignOutReason, WebStore};
use gloo_timers::future::sleep;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::{credentials, django::Django, events, generation, names, past_the_floor};

#[wasm_bindgen_test]
async fn s3_every_observer_is_told_each_event_once() {
    let django = Django::rotating().await;
    let session = django.quiet(WebStore::memory()).await;
    let seen = [events(&session), events(&session)];

    session.sign_in(&credentials()).await.unwrap();
    past_the_floor().await;
    session.refresh().await.unwrap();
    session.sign_out().await.unwrap();
    sleep(Duration::from_millis(100)).await;

    for seen in seen {
        assert_eq!(names(&seen), ["signed-in", "refreshed", "signed-out"]);
        let (begin, refreshed) = (seen.borrow()[0].clone(), seen.borrow()[1].clone());
        assert!(matches!(begin, Event::SignedIn { generation: 1 }), "{begin:?}");
        assert!(matches!(refreshed, Event::Refreshed { generation: 2 }), "{refreshed:?}");
        let end = seen.borrow()[2].clone();
        assert!(matches!(end, Event::SignedOut { reason: SignOutReason::SignedOutHere }), "{end:?}");
    }
}

#[wasm_bindgen_test]
async fn s3_an_observer_may_call_the_session() {
    let django = Django::rotating().await;
    let session = django.quiet(WebStore::memory()).await;
    let seen = Rc::new(Cell::new(0));
    let (told, observed) = (Rc::clone(&seen), session.clone());
    // The cycle ends with the page.
    session.observe(move |_| {
        told.set(generation(&observed));
        observed.observe(|_| {});
        observed.look(false);
    });
    session.sign_in(&credentials()).await.unwrap();
    sleep(Duration::ZERO).await;
    assert_eq!(seen.get(), 1);
}

#[wasm_bindgen_test]
async fn s4_nothing_that_is_printed_holds_a_token() {
    let django = Django::rotating().await;
    let session = django.session(WebStore::memory()).await;
    let token = session.access_token().await.unwrap();
    let (_, signature) = token.as_str().rsplit_once('.').unwrap();
    for printed in [format!("{token:?}"), format!("{session:?}"), format!("{:?}", session.state())] {
        assert!(!printed.contains(signature), "{printed}");
    }
}
