//! S2 and R3: a session over a file that is not what it should be.

use std::{
    fs,
    path::{Path, PathBuf},
};

use evertoken::{Client, Event, FileStore, Session};
use tempfile::TempDir;

use crate::common::{
    api::{Api, expired_pair, first_pair, nothing_special},
    event, generation,
};

async fn session(api: &Api, file: &Path) -> Session {
    api.builder().store(FileStore::new(file)).background_refresh(false).build().await.unwrap()
}

/// A directory with a file `session` in it that holds `text`.
fn holding(text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("session"), text).unwrap();
    directory
}

#[tokio::test]
async fn s2_garbage_means_signed_out_and_is_set_aside_by_the_next_sign_in() {
    let api = Api::start(nothing_special).await;
    let directory = holding("garbage");
    let file = directory.path().join("session");
    let first = session(&api, &file).await;
    assert_eq!(first.access_token().await.unwrap_err().code(), "signed-out");
    assert_eq!(fs::read_to_string(&file).unwrap(), "garbage", "reading changes nothing");

    first.adopt(first_pair()).await.unwrap();
    assert_eq!(fs::read_to_string(directory.path().join("session.set-aside-1")).unwrap(), "garbage");
    assert_eq!(generation(&session(&api, &file).await), 1);
}

#[tokio::test]
async fn s2_a_torn_record_is_treated_like_any_other_garbage() {
    let api = Api::start(nothing_special).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    session(&api, &file).await.adopt(first_pair()).await.unwrap();
    let whole = fs::read_to_string(&file).unwrap();
    let torn = &whole[..whole.len() / 2];
    fs::write(&file, torn).unwrap();

    let next = session(&api, &file).await;
    assert!(next.state().is_none());
    next.adopt(first_pair()).await.unwrap();
    assert_eq!(fs::read_to_string(directory.path().join("session.set-aside-1")).unwrap(), torn);
    assert_eq!(generation(&session(&api, &file).await), 1);
}

#[tokio::test]
async fn s2_a_refresh_leaves_a_record_of_a_newer_version_alone() {
    let api = Api::start(nothing_special).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = session(&api, &file).await;
    session.adopt(expired_pair()).await.unwrap();
    let newer = r#"{"v":2,"shape":"unknown"}"#;
    fs::write(&file, newer).unwrap();

    assert_eq!(session.refresh().await.unwrap_err().code(), "record-newer");
    assert!(api.seen("/token").is_empty(), "whose refresh token it is nobody knows");
    assert_eq!(fs::read_to_string(&file).unwrap(), newer);
}

#[tokio::test]
async fn s2_a_file_that_vanishes_means_signed_out_elsewhere() {
    let api = Api::start(nothing_special).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = session(&api, &file).await;
    session.adopt(expired_pair()).await.unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(session.access_token().await.unwrap_err().code(), "signed-out-elsewhere");
    assert!(api.seen("/token").is_empty());
}

/// A path that nobody can write, root neither: its directory is a file.
fn unusable(directory: &TempDir) -> PathBuf {
    directory.path().join("session/session")
}

#[tokio::test]
async fn r3_a_session_that_cannot_be_stored_goes_on_in_memory() {
    let api = Api::start(nothing_special).await;
    let directory = holding("a file where a directory should be");
    let client = Client::new(session(&api, &unusable(&directory)).await);
    client.session().adopt(expired_pair()).await.unwrap();
    client.get(api.url("/here")).send().await.unwrap();
    assert_eq!(api.seen("/here")[0].authorization(), "Bearer access-2");
}

#[tokio::test]
async fn s3_a_store_that_cannot_be_read_is_an_event() {
    let api = Api::start(nothing_special).await;
    let directory = holding("a file where a directory should be");
    for (file, code) in
        [(directory.path().join("session"), "record-corrupt"), (unusable(&directory), "store-unavailable")]
    {
        let session = session(&api, &file).await;
        let failure = event(&mut session.events(), "store-failed").await;
        assert!(matches!(&failure, Event::StoreFailed { error } if error.code() == code), "{failure:?}");
    }
}
