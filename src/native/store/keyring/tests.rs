use std::{
    any::Any,
    collections::HashMap,
    sync::{Mutex, mpsc},
    time::Duration,
};

use keyring_core::{
    api::CredentialStoreApi,
    mock::{self, Cred},
};

use super::*;
use crate::core::record::{Basis, Record, SessionId, Stamp, tests::record};

fn put(session: u64, generation: u64, basis: Basis) -> Write {
    Write::put(&record(session, generation), basis)
}

/// A directory for locks, a keyring, and a store over both.
fn empty() -> (tempfile::TempDir, Arc<mock::Store>, KeyringStore) {
    let (directory, keyring) = (tempfile::tempdir().unwrap(), mock::Store::new().unwrap());
    let store = KeyringStore::within(keyring.clone(), "service", "user").lock_directory(directory.path().join("locks"));
    (directory, keyring, store)
}

fn held(keyring: &mock::Store, user: &str) -> Entry {
    keyring.build("service", user, None).unwrap()
}

#[tokio::test]
async fn r9_stores_of_one_name_share_the_record_and_its_fence() {
    let (_directory, _keyring, store) = empty();
    let other = store.clone();
    assert!(store.load().await.unwrap().is_none());
    assert_eq!(store.save(&put(1, 1, Basis::Session(None))).await, Ok(Saved::Written));
    assert_eq!(other.save(&put(2, 1, Basis::Session(None))).await, Ok(Saved::Lost));
    let stamp = Stamp { session: SessionId::new(1), generation: 1 };
    assert_eq!(other.save(&put(1, 2, Basis::Stamp(stamp))).await, Ok(Saved::Written));
    assert_eq!(store.save(&Write::clear(Basis::Stamp(stamp))).await, Ok(Saved::Lost));

    let text = store.load().await.unwrap().unwrap();
    assert_eq!(Record::decode(text.expose()), Ok(record(1, 2)));
    let clear = Write::clear(Basis::Session(Some(stamp.session)));
    for _ in 0..2 {
        assert_eq!(store.save(&clear).await, Ok(Saved::Written), "removing it again is no error");
        assert!(other.load().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn r9_writers_at_the_same_time_come_one_after_the_other() {
    let (_directory, _keyring, store) = empty();
    let mut writers = tokio::task::JoinSet::new();
    for session in 1..=20 {
        let store = store.clone();
        writers.spawn(async move { store.save(&put(session, 1, Basis::Session(None))).await.unwrap() });
    }
    let written = writers.join_all().await.into_iter().filter(|saved| *saved == Saved::Written).count();
    assert_eq!(written, 1);
}

#[tokio::test]
async fn s2_what_is_no_record_is_set_aside_byte_by_byte_each_time() {
    let (_directory, keyring, store) = empty();
    let garbage = [b"{\"v\":1,\xff\0".as_slice(), b"other garbage"];
    for bytes in garbage {
        held(&keyring, "user").set_secret(bytes).unwrap();
        assert_eq!(store.save(&put(1, 1, Basis::Unreadable)).await, Ok(Saved::Written));
    }
    let aside = ["user.set-aside-1", "user.set-aside-2"].map(|user| held(&keyring, user).get_secret().unwrap());
    assert_eq!(aside, garbage);
    assert_eq!(Record::decode(store.load().await.unwrap().unwrap().expose()), Ok(record(1, 1)));
}

#[tokio::test]
async fn s2_what_a_keyring_refuses_is_an_error_with_its_kind() {
    let (_directory, keyring, store) = empty();
    let cause = || Box::new(std::io::Error::other("locked"));
    for (error, problem) in [
        (KeyringError::NoStorageAccess(cause()), StoreProblem::Denied),
        (KeyringError::PlatformFailure(cause()), StoreProblem::Unavailable),
        (KeyringError::TooLong("secret".into(), 2560), StoreProblem::Full),
    ] {
        let entry = held(&keyring, "user");
        entry.as_any().downcast_ref::<Cred>().unwrap().set_error(error);
        assert_eq!(store.load().await.unwrap_err().problem, problem);
    }
}

#[tokio::test]
async fn r2_stores_of_one_name_share_the_lock_and_others_have_their_own() {
    let (directory, keyring, store) = empty();
    let guard = store.lock().await.unwrap();
    let mut waiting = store.lock();
    assert!(tokio::time::timeout(lock_file::POLL * 3, &mut waiting).await.is_err());
    let other = KeyringStore::within(keyring, "service", "other").lock_directory(directory.path().join("locks"));
    drop(other.lock().await.unwrap());
    drop(guard);
    drop(waiting.await.unwrap());
}

#[test]
fn r2_no_two_names_have_one_lock() {
    let path = |service: &str, user: &str| {
        KeyringStore::new(service, user).lock_path(Path::new("/locks"), ".lock").display().to_string()
    };
    assert_eq!(path("com.example.app", "https://é/"), "/locks/com.example.app@https%3A%2F%2F%C3%A9%2F.lock");
    assert_ne!(path("a@b", "c"), path("a", "b@c"));
    assert_eq!(path("..", "/"), "/locks/..@%2F.lock", "none leads elsewhere");
}

/// A keyring that waits for a word from the user.
struct Prompting(Mutex<mpsc::Receiver<()>>);

impl CredentialStoreApi for Prompting {
    fn vendor(&self) -> String {
        String::new()
    }

    fn id(&self) -> String {
        String::new()
    }

    fn build(&self, _: &str, _: &str, _: Option<&HashMap<&str, &str>>) -> KeyringResult<Entry> {
        let answered = self.0.lock().unwrap().recv_timeout(Duration::from_secs(20));
        answered.map_or(Err(KeyringError::NoDefaultStore), |()| mock::Store::new()?.build("", "", None))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[tokio::test]
async fn a_keyring_that_asks_the_user_blocks_nobody_else() {
    let (answer, asked) = mpsc::channel();
    let store = KeyringStore::within(Arc::new(Prompting(Mutex::new(asked))), "service", "user");
    // This runtime has one thread: were it blocked, nobody would answer.
    let (loaded, ()) = tokio::join!(store.load(), async { answer.send(()).unwrap() });
    assert!(loaded.unwrap().is_none());
}

#[test]
fn a_program_that_ends_does_not_wait_for_the_user() {
    let (answer, asked) = mpsc::channel();
    let store = KeyringStore::within(Arc::new(Prompting(Mutex::new(asked))), "service", "user");
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (mut loading, program) = (store.load(), runtime());
    let begun = program.block_on(async { tokio::time::timeout(Duration::ZERO, &mut loading).await });
    assert!(begun.is_err(), "nobody has answered yet");
    drop(program);
    // Had that waited, nobody would be asking any more.
    answer.send(()).unwrap();
    assert!(runtime().block_on(loading).unwrap().is_none());
}

#[tokio::test]
async fn s4_debug_shows_the_names_alone() {
    let (_directory, _keyring, store) = empty();
    store.save(&put(1, 1, Basis::Session(None))).await.unwrap();
    assert_eq!(format!("{store:?}"), r#"KeyringStore { service: "service", user: "user", .. }"#);
}
