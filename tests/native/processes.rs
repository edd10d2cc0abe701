//! R2: one session and many processes.

use crate::common::{
    demo::Demo,
    generation,
    process::{Process, REQUESTS, refresh},
};

const PROCESSES: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn r2_eight_processes_with_an_expired_token_refresh_once() {
    let demo = Demo::start().await;
    demo.delay_refreshes(100).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = demo.expired_session(&file).await;

    let mut processes: Vec<_> = (0..PROCESSES).map(|_| Process::ready(&demo, &file)).collect();
    processes.iter_mut().for_each(Process::go);
    for process in &mut processes {
        process.wait_for(&format!("{REQUESTS} good answers"));
    }
    let counters = demo.count();
    assert_eq!((counters.refreshes, counters.presented_twice), (1, 0));
    assert_eq!(counters.requests_ok, (PROCESSES * REQUESTS) as u64);
    assert_eq!(session.access_token().await.unwrap().generation(), 2, "and this process finds what they have fetched");
    assert_eq!(demo.count().refreshes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_what_another_process_has_fetched_is_seen_when_it_is_needed() {
    let demo = Demo::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = demo.expired_session(&file).await;
    Process::start(&mut refresh(&demo, &file)).wait_for("token 2");
    assert_eq!(generation(&session), 1, "nobody looks at the file while nobody asks");
    assert_eq!(session.access_token().await.unwrap().generation(), 2);
    assert_eq!(demo.count().refreshes, 1);
}
