//! What the tests share: the server, the page, and patience with a bound.

pub(crate) mod django;
pub(crate) mod page;

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, SystemTime},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use evertoken::{AccessToken, Credentials, Error, Event, Session};
use futures_util::future::join_all;
use gloo_timers::future::sleep;

/// Longer than anything takes here, on a machine with a lot else to do.
const PATIENCE: Duration = Duration::from_secs(20);
const STEP: Duration = Duration::from_millis(10);

pub(crate) fn credentials() -> Credentials {
    Credentials::new("demo", "demo")
}

/// Waits until the condition holds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begin = js_sys::Date::now();
    while !condition().await {
        assert!(js_sys::Date::now() - begin < PATIENCE.as_millis() as f64, "{what}: not within {PATIENCE:?}");
        sleep(STEP).await;
    }
}

/// Waits until the session's token is stale.
pub(crate) async fn stale(session: &Session) {
    until(session.state().expect("signed in").stale_at().expect("a known lifetime")).await;
}

/// Waits until the session's token has expired.
pub(crate) async fn expired(session: &Session) {
    until(session.state().expect("signed in").expires_at().expect("a known lifetime")).await;
}

async fn until(wall: SystemTime) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(js_sys::Date::now() as u64);
    // The clocks are read in whole milliseconds.
    sleep(wall.duration_since(now).unwrap_or_default() + Duration::from_millis(2)).await;
}

/// Waits until the session's token is so old that a refresh counts as asked for.
pub(crate) async fn past_the_floor() {
    sleep(Duration::from_millis(1_010)).await;
}

/// The generation of the token pair in use; 0 while signed out.
pub(crate) fn generation(session: &Session) -> u64 {
    session.state().map_or(0, |state| state.generation())
}

/// The generation of the session's live token.
pub(crate) async fn live_generation(session: &Session) -> u64 {
    session.access_token().await.expect("a live token").generation()
}

/// What this many callers get who ask the session for a token at the same time.
pub(crate) async fn ask_at_once(session: &Session, callers: usize) -> Vec<Result<AccessToken, Error>> {
    join_all((0..callers).map(|_| session.access_token())).await
}

/// The events that the session tells from now on.
pub(crate) fn events(session: &Session) -> Rc<RefCell<Vec<Event>>> {
    let events = Rc::<RefCell<Vec<Event>>>::default();
    let seen = Rc::clone(&events);
    session.observe(move |event| seen.borrow_mut().push(event.clone()));
    events
}

pub(crate) fn names(events: &RefCell<Vec<Event>>) -> Vec<&'static str> {
    events.borrow().iter().map(Event::name).collect()
}

/// A JWT with this payload, which no server has signed.
pub(crate) fn jwt(payload: &str) -> String {
    let [header, payload, signature] =
        [r#"{"alg":"none"}"#, payload, ""].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{payload}.{signature}")
}
