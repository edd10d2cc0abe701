//! S2: a session in a keyring: a pretended one and, on Linux, the Secret Service itself.

use std::{path::Path, sync::Arc};

use evertoken::{Builder, Event, Grant, KeyringStore, Session, SimpleJwt};
use keyring_core::{
    Error,
    api::CredentialStoreApi,
    mock::{Cred, Store},
};
use tokio::task::JoinSet;

use crate::common::{
    api::{Api, expired_pair, first_pair, nothing_special},
    event, generation,
};

async fn session(builder: Builder, store: KeyringStore) -> Session {
    builder.store(store).background_refresh(false).build().await.unwrap()
}

#[tokio::test]
async fn s2_a_session_lasts_in_the_keyring_until_sign_out() {
    let api = Api::start(nothing_special).await;
    let (directory, keyring) = (tempfile::tempdir().unwrap(), Store::new().unwrap());
    let store = || KeyringStore::within(keyring.clone(), "tests", "demo").lock_directory(directory.path());
    let first = session(api.builder(), store()).await;
    first.adopt(expired_pair()).await.unwrap();
    assert_eq!(first.access_token().await.unwrap().as_str(), "access-2");
    let second = session(api.builder(), store()).await;
    assert_eq!((second.access_token().await.unwrap().as_str(), api.seen("/token").len()), ("access-2", 1));
    first.sign_out().await.unwrap();
    assert!(session(api.builder(), store()).await.state().is_none());
}

#[tokio::test]
async fn r3_what_does_not_fit_into_the_keyring_goes_on_in_memory() {
    let api = Api::start(nothing_special).await;
    let (directory, keyring) = (tempfile::tempdir().unwrap(), Store::new().unwrap());
    let store = KeyringStore::within(keyring.clone(), "tests", "demo").lock_directory(directory.path());
    let session = session(api.builder(), store).await;
    let mut events = session.events();
    let entry = keyring.build("tests", "demo", None).unwrap();
    entry.as_any().downcast_ref::<Cred>().unwrap().set_error(Error::TooLong("secret".into(), 2560));
    session.adopt(first_pair()).await.unwrap();
    let failure = event(&mut events, "store-failed").await;
    assert!(matches!(&failure, Event::StoreFailed { error } if error.code() == "store-full"), "{failure:?}");
    assert_eq!(session.access_token().await.unwrap().as_str(), "access-1");
}

/// A keyring of its own in a D-Bus session of its own.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn r2_sessions_in_the_secret_service_refresh_once() {
    use crate::common::{demo::Demo, process::in_a_keyring};

    let demo = Demo::start().await;
    let directory = tempfile::tempdir().unwrap();
    let mut process = in_a_keyring(&demo, directory.path()).await;
    process.wait_for("generations 2 2 2 2, then signed out");
    process.wait();
    assert_eq!(demo.count().refreshes, 1);
}

/// What that process does: four sessions with one expired token in the system's keyring.
pub(crate) async fn share(server: &str, (access, refresh): (&str, &str), locks: &Path) {
    let server: Arc<str> = server.into();
    let open = |locks: &Path| {
        let backend = SimpleJwt::new(&format!("{server}/api/token/")).unwrap();
        session(Session::builder(backend), KeyringStore::new("evertoken tests", "demo").lock_directory(locks))
    };
    let tokens = Grant::pair(access, Some(refresh)).unwrap().expires_in(std::time::Duration::ZERO);
    open(locks).await.adopt(tokens).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(open(locks).await);
    }
    let mut tokens: JoinSet<_> =
        sessions.iter().cloned().map(|session| async move { session.access_token().await }).collect();
    while let Some(token) = tokens.join_next().await {
        token.unwrap().unwrap();
    }
    let generations: Vec<_> = sessions.iter().map(|session| generation(session).to_string()).collect();
    sessions[0].sign_out().await.unwrap();
    let state = open(locks).await.state().map_or("signed out", |_| "signed in");
    println!("\ngenerations {}, then {state}", generations.join(" "));
}
