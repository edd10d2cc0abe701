//! R3: a store that takes for ever is a store in trouble: nobody waits for it for ever. Time is virtual here, because
//! nothing goes over the network.

use std::time::Duration;

use evertoken::{
    Error, Event, FileStore, OAuth2, Secret, Session, StoreError,
    store::{BoxFuture, LockGuard, Saved, Store, Write},
};
use tokio::time;

use crate::common::{
    api::{expired_pair, first_pair},
    event,
    process::Process,
};

fn builder() -> evertoken::Builder {
    Session::builder(OAuth2::new("https://api.example.com/token", "tests").unwrap()).background_refresh(false)
}

async fn assert_told(session: &Session) {
    let failure = event(&mut session.events(), "store-failed").await;
    assert!(matches!(&failure, Event::StoreFailed { error } if error.code() == "store-timeout"), "{failure:?}");
}

#[tokio::test]
async fn r3_a_process_that_was_stopped_in_the_middle_of_a_write_keeps_nobody_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = builder().store(FileStore::new(&file)).build().await.unwrap();
    let _stopped = Process::holding(&file.with_extension("write"));

    time::pause();
    session.adopt(first_pair()).await.unwrap();
    assert_told(&session).await;
    assert_eq!(session.access_token().await.unwrap().as_str(), "access-1", "the session goes on in memory");
}

#[tokio::test]
async fn r2_a_process_that_was_stopped_in_the_middle_of_a_refresh_is_waited_for_and_not_overtaken() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = builder().store(FileStore::new(&file)).build().await.unwrap();
    session.adopt(expired_pair()).await.unwrap();
    let mut events = session.events();
    let _stopped = Process::holding(&file.with_extension("lock"));

    time::pause();
    tokio::spawn(async move { session.access_token().await });
    let patience = time::timeout(Duration::from_mins(1), async {
        loop {
            if let Some(Event::RefreshFailed { error, .. }) = events.next().await {
                return error;
            }
        }
    });
    assert_eq!(patience.await.unwrap(), Error::LockTimeout);
}

#[derive(Debug)]
struct Hanging;

impl Store for Hanging {
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        Box::pin(std::future::pending())
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        Box::pin(std::future::pending())
    }

    fn save<'a>(&'a self, _: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn s2_a_store_that_cannot_be_read_in_time_is_an_event_and_no_hanging_start() {
    let session = builder().store(Hanging).build().await.unwrap();
    assert!(session.state().is_none());
    assert_told(&session).await;
}
