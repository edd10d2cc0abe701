//! R3 and R5: a process that is killed in the middle of a refresh leaves a whole record behind, and nobody in the dark.

use std::{env, path::Path};

use evertoken::{Event, FileStore, SignOutReason};

use crate::common::{
    demo::Demo,
    event,
    process::{Process, refresh},
};

/// What the next process finds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    /// The server knows nothing of the refresh yet: another one goes through.
    Refreshes,
    /// The server has rotated, and the new token is lost: it refuses the old one, and the user is told why.
    IsInterrupted,
    /// The new token is in the file.
    GoesOn,
}

/// The places between the lock and the end of the second write: the first one marks the attempt, the second one stores
/// what it brought.
const PLACES: [(&str, Then); 11] = [
    (".lock:1", Then::Refreshes),
    (".write:1", Then::Refreshes),
    ("created:1", Then::Refreshes),
    ("written:1", Then::Refreshes),
    ("renamed:1", Then::Refreshes),
    ("flushed:1", Then::Refreshes),
    (".write:2", Then::IsInterrupted),
    ("created:2", Then::IsInterrupted),
    ("written:2", Then::IsInterrupted),
    ("renamed:2", Then::GoesOn),
    ("flushed:2", Then::GoesOn),
];

/// Each place once, or more than 200 kills in all.
fn rounds() -> usize {
    if env::var_os("EVERTOKEN_LONG").is_some() { 20 } else { 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn r3_a_process_killed_in_the_middle_of_a_refresh_leaves_a_whole_record() {
    let demo = Demo::start().await;
    let directory = tempfile::tempdir().unwrap();
    for round in 0..rounds() {
        for (place, then) in PLACES {
            let file = directory.path().join(format!("{round}{place}"));
            assert_eq!(killed_at(place, &demo, &file).await, then, "{place}, round {round}");
        }
    }
}

async fn killed_at(place: &str, demo: &Demo, file: &Path) -> Then {
    demo.expired_session(file).await;
    let mut process = Process::start(refresh(demo, file).env("EVERTOKEN_FAIL_POINT", place));
    process.wait_for("stopped");
    drop(process);

    let before = demo.count();
    // What is left over is tried again at once, whether somebody asks for a token or not.
    let next = demo.builder().store(FileStore::new(file)).build().await.unwrap();
    let mut events = next.events();
    let token = next.access_token().await.map(|token| token.generation());
    let after = demo.count();
    match (token, after.refreshes - before.refreshes, after.presented_twice - before.presented_twice) {
        (Ok(2), 1, 0) => Then::Refreshes,
        (Ok(2), 0, 0) => Then::GoesOn,
        (Err(_), 0, 1) => match event(&mut events, "signed-out").await {
            Event::SignedOut { reason: SignOutReason::Interrupted } => Then::IsInterrupted,
            other => panic!("{place}: {other:?}"),
        },
        other => panic!("{place}: {other:?}"),
    }
}
