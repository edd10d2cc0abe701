use super::*;
use crate::core::StoreProblem;
use crate::core::record::{Basis, Record, SessionId, tests::record as any_record};

/// Large enough to be seen half-written.
fn record(generation: u64) -> Record {
    Record { access: "access".repeat(1_000).into(), ..any_record(1, generation) }
}

fn put(generation: u64) -> Write {
    Write::put(&record(generation), Basis::Session(Some(SessionId::new(1))))
}

/// A directory of its own, and a store in it that holds `text`.
fn holding(text: impl AsRef<[u8]>) -> (tempfile::TempDir, FileStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("session"));
    fs::write(&store.path, text).unwrap();
    (directory, store)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

#[cfg(unix)]
#[tokio::test]
async fn s2_every_file_and_directory_is_its_owners_alone_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (directory, store) = holding(record(1).encode().expose());
    fs::set_permissions(&store.path, fs::Permissions::from_mode(0o644)).unwrap();
    // What a crash of another program may have left there.
    fs::write(store.sibling(".tmp"), "left over").unwrap();
    fs::set_permissions(store.sibling(".tmp"), fs::Permissions::from_mode(0o666)).unwrap();

    let before = rustix::process::umask(rustix::fs::Mode::empty());
    let lock = store.lock().await;
    let saved = store.save(&put(2)).await;
    let below = FileStore::new(directory.path().join("new/session"));
    let saved_below = below.save(&put(1)).await;
    rustix::process::umask(before);

    assert!(lock.is_ok());
    assert_eq!([saved, saved_below], [Ok(Saved::Written); 2]);
    assert_eq!(mode(&directory.path().join("new")), 0o700);
    for name in ["session", "session.lock", "session.write", "new/session", "new/session.write"] {
        assert_eq!(mode(&directory.path().join(name)), 0o600, "{name}");
    }
}

#[test]
fn s2_a_reader_finds_the_old_record_or_the_new_one_and_nothing_between() {
    let (directory, store) = holding(record(0).encode().expose());
    let reader = std::thread::spawn({
        let store = store.clone();
        move || {
            let mut last = 0;
            while last < 100 {
                let text = into_text(store.read().unwrap().unwrap());
                let generation = Record::decode(text.expose()).unwrap().stamp.generation;
                assert!(generation >= last, "{generation} after {last}");
                last = generation;
            }
        }
    });
    for generation in 1..=100 {
        assert_eq!(store.write(&put(generation)).unwrap(), Saved::Written);
    }
    reader.join().unwrap();
    assert_eq!(names(directory.path()), ["session"]);
}

#[test]
fn s2_what_is_no_record_is_set_aside_byte_by_byte_each_time() {
    let [first, second] = [b"{\"v\":1,\xff\0".as_slice(), b"other garbage"];
    let (directory, store) = holding(first);
    assert_eq!(store.write(&put(1)).unwrap(), Saved::Written);
    fs::write(&store.path, second).unwrap();
    assert_eq!(store.write(&put(1)).unwrap(), Saved::Written);
    assert_eq!(names(directory.path()), ["session", "session.set-aside-1", "session.set-aside-2"]);
    assert_eq!(fs::read(store.sibling(".set-aside-1")).unwrap(), first);
    assert_eq!(fs::read(store.sibling(".set-aside-2")).unwrap(), second);
    let text = into_text(store.read().unwrap().unwrap());
    assert_eq!(Record::decode(text.expose()), Ok(record(1)));
}

#[test]
fn s2_a_record_of_a_newer_version_is_touched_by_no_refresh_and_no_sign_out() {
    let newer = r#"{"v":2,"shape":"unknown"}"#;
    let (directory, store) = holding(newer);
    let refreshed = Write::put(&record(2), Basis::Stamp(record(1).stamp));
    let signed_out = Write::clear(Basis::Session(Some(SessionId::new(1))));
    for write in [refreshed, signed_out] {
        assert_eq!(store.write(&write).unwrap(), Saved::Lost);
    }
    assert_eq!(fs::read_to_string(&store.path).unwrap(), newer);
    assert_eq!(names(directory.path()), ["session"]);
}

#[tokio::test]
async fn s2_the_directory_is_made_when_it_is_needed_and_not_before() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("a/b/session"));
    assert!(store.read().unwrap().is_none());
    assert!(names(directory.path()).is_empty());
    store.save(&put(1)).await.unwrap();
    assert!(store.read().unwrap().is_some());
}

#[test]
fn s2_a_removed_record_is_gone_and_removing_it_again_is_no_error() {
    let (_directory, store) = holding(record(1).encode().expose());
    let clear = Write::clear(Basis::Session(Some(SessionId::new(1))));
    for _ in 0..2 {
        assert_eq!(store.write(&clear).unwrap(), Saved::Written);
        assert!(store.read().unwrap().is_none());
    }
}

/// Permissions do not bind root, so the paths are such as nobody can write.
#[tokio::test]
async fn s2_a_path_that_cannot_be_written_is_an_error_in_the_systems_words() {
    let (directory, store) = holding("a file");
    let paths = [store.path.join("session"), directory.path().into(), "/proc/evertoken/session".into()];
    for path in paths {
        let store = FileStore::new(&path);
        let error = store.save(&put(1)).await.unwrap_err();
        assert_ne!(error.problem, StoreProblem::Full);
        assert!(error.os_error.is_some(), "{}", path.display());
    }
}

#[tokio::test]
async fn r2_one_handle_waits_until_the_other_gives_up_the_lock() {
    let directory = tempfile::tempdir().unwrap();
    let [first, second] = [(); 2].map(|()| FileStore::new(directory.path().join("session")));
    let guard = first.lock().await.unwrap();
    let mut waiting = second.lock();
    assert!(tokio::time::timeout(lock_file::POLL * 3, &mut waiting).await.is_err());
    drop(guard);
    let guard = waiting.await.unwrap();
    assert!(tokio::time::timeout(lock_file::POLL * 3, first.lock()).await.is_err(), "it is held by the second one now");
    drop(guard);
    drop(first.lock().await.unwrap());
}

#[tokio::test]
async fn r2_a_wait_that_was_given_up_holds_no_lock() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("session"));
    let guard = store.lock().await.unwrap();
    assert!(tokio::time::timeout(lock_file::POLL * 3, store.lock()).await.is_err());
    drop(guard);
    drop(store.lock().await.unwrap());
}
