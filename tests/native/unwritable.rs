//! R3: where nothing can be written nothing is lost that was there.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::common::{
    demo::Demo,
    process::{Process, adopt, on_a_full_disk, refresh},
};

#[tokio::test(flavor = "multi_thread")]
async fn r3_a_full_disk_leaves_the_old_record_whole_and_the_new_session_in_memory() {
    let demo = Demo::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    demo.expired_session(&file).await;
    let before = fs::read(&file).unwrap();

    let mut command = on_a_full_disk(&adopt(&demo, &file));
    Process::start(&mut command).wait_for("store-full and a token of 100000 bytes");
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(!directory.path().join("session.tmp").exists(), "half a token is not left lying about");
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_in_a_directory_that_is_read_only_nothing_is_sent_without_the_lock() {
    let demo = Demo::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    demo.expired_session(&file).await;
    let before = fs::read(&file).unwrap();
    let permit = |mode| fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();

    permit(0o500);
    Process::start(&mut refresh(&demo, &file)).wait_for("store-denied");
    assert_eq!((demo.count().refreshes, fs::read(&file).unwrap()), (0, before));
    permit(0o700);
    Process::start(&mut refresh(&demo, &file)).wait_for("token 2");
}
