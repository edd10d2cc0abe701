//! What the tests share: three kinds of server, processes of their own, and patience with a bound.

pub(crate) mod api;
pub(crate) mod backend;
pub(crate) mod demo;
pub(crate) mod django;
#[cfg(feature = "dpop")]
pub(crate) mod dpop;
pub(crate) mod process;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use evertoken::{Credentials, Event, Events, Session, SessionId};
use tokio::time::{sleep, timeout};

/// Longer than anything takes here, on a machine with a lot else to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// The user whom both kinds of SimpleJWT server know.
pub(crate) fn credentials() -> Credentials {
    Credentials::new("demo", "demo")
}

/// Waits until the condition holds.
pub(crate) async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !condition().await {
        assert!(begin.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        sleep(Duration::from_millis(10)).await;
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
    // The clocks are read in whole milliseconds.
    let left = wall.duration_since(SystemTime::now()).unwrap_or_default();
    sleep(left + Duration::from_millis(2)).await;
}

/// Session and generation.
pub(crate) fn stamp(session: &Session) -> (SessionId, u64) {
    let state = session.state().expect("signed in");
    (state.session_id(), state.generation())
}

/// The generation of the token pair in use; 0 while signed out.
pub(crate) fn generation(session: &Session) -> u64 {
    session.state().map_or(0, |state| state.generation())
}

/// The next event of this name; others are passed over.
pub(crate) async fn event(events: &mut Events, name: &str) -> Event {
    let found = timeout(PATIENCE, async {
        loop {
            let event = events.next().await.expect("the session lives");
            if event.name() == name {
                return event;
            }
        }
    });
    found.await.unwrap_or_else(|_| panic!("no event {name:?} within {PATIENCE:?}"))
}

/// A JWT with this payload, which no server has signed.
pub(crate) fn jwt(payload: &str) -> String {
    let [header, payload, signature] =
        [r#"{"alg":"none"}"#, payload, ""].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{payload}.{signature}")
}

/// An access token that is `age` seconds old and has `left` seconds to live.
pub(crate) fn aged(age: u64, left: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    jwt(&format!(r#"{{"iat":{},"exp":{}}}"#, now - age, now + left))
}
