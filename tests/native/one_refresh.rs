//! R2: one refresh, however many sessions share a store. The server ends a session whose refresh token comes twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use evertoken::{
    Client, FileStore, Grant, MemoryStore, Secret, Session, StoreError,
    store::{BoxFuture, LockGuard, Saved, Store, Write},
};
use tokio::{task::JoinSet, time::timeout};

use crate::common::{demo::Demo, generation, stamp};

/// Two sessions over one store, both with the same expired token.
async fn two_sessions(demo: &Demo, store: impl Store + Clone + 'static) -> [Session; 2] {
    let first = demo.builder().store(store.clone()).build().await.unwrap();
    first.adopt(demo.expired_pair().await).await.unwrap();
    let second = demo.builder().store(store).build().await.unwrap();
    assert_eq!(stamp(&second), stamp(&first));
    [first, second]
}

async fn twenty_five_requests_each(store: impl Store + Clone + 'static) {
    let demo = Demo::start().await;
    demo.delay_refreshes(100).await;
    let sessions = two_sessions(&demo, store).await;

    let mut requests = JoinSet::new();
    for session in &sessions {
        let client = Client::new(session.clone());
        for _ in 0..25 {
            requests.spawn(client.get(demo.url("/api/protected/")).send());
        }
    }
    let answers = requests.join_all().await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 200));
    let counters = demo.count();
    assert_eq!((counters.refreshes, counters.presented_twice, counters.requests_ok), (1, 0, 50));
    assert_eq!(sessions.map(|session| generation(&session)), [2, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_two_sessions_over_one_memory_store_refresh_once() {
    twenty_five_requests_each(MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_two_sessions_over_one_file_refresh_once() {
    let directory = tempfile::tempdir().unwrap();
    twenty_five_requests_each(FileStore::new(directory.path().join("session"))).await;
}

#[tokio::test]
async fn r2_a_session_adopts_what_another_one_fetches_under_the_lock() {
    let demo = Demo::start().await;
    demo.delay_refreshes(300).await;
    let [first, second] = two_sessions(&demo, MemoryStore::new()).await;

    let fetching = tokio::spawn(async move { first.access_token().await.unwrap() });
    demo.refreshing().await;
    let adopted = second.access_token().await.unwrap();
    assert_eq!(adopted.as_str(), fetching.await.unwrap().as_str());
    assert_eq!(demo.count().refreshes, 1);
}

#[tokio::test]
async fn r2_nothing_is_sent_while_somebody_else_holds_the_files_lock() {
    let demo = Demo::start().await;
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("session"));
    let session = demo.builder().store(store.clone()).build().await.unwrap();
    session.adopt(demo.expired_pair().await).await.unwrap();

    let lock = store.lock().await.unwrap();
    let mut waiting = Box::pin(session.access_token());
    let early = timeout(Duration::from_millis(200), &mut waiting).await;
    assert!(early.is_err() && demo.count().refreshes == 0, "the lock is held elsewhere");
    drop(lock);
    assert_eq!(waiting.await.unwrap().generation(), 2);
}

#[tokio::test]
async fn r2_plain_reads_and_live_tokens_need_no_lock() {
    let demo = Demo::start().await;
    let store = MemoryStore::new();
    let (access, refresh) = demo.pair().await;
    let _lock = store.lock().await.unwrap();
    let session = demo.builder().store(store.clone()).build().await.unwrap();
    session.adopt(Grant::pair(&access, Some(&refresh)).unwrap()).await.unwrap();
    assert_eq!(session.access_token().await.unwrap().as_str(), access);
    assert_eq!(generation(&demo.builder().store(store.clone()).build().await.unwrap()), 1);
}

/// Counts how often it is read.
#[derive(Clone, Debug, Default)]
struct Counting {
    store: MemoryStore,
    loads: Arc<AtomicUsize>,
}

impl Store for Counting {
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        self.store.lock()
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        self.store.load()
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        self.store.save(write)
    }
}

#[tokio::test]
async fn r2_requests_with_a_live_token_do_not_look_at_the_store() {
    let demo = Demo::start().await;
    let store = Counting::default();
    let client = Client::new(demo.builder().store(store.clone()).build().await.unwrap());
    let (access, refresh) = demo.pair().await;
    client.session().adopt(Grant::pair(&access, Some(&refresh)).unwrap()).await.unwrap();
    let before = store.loads.load(Ordering::Relaxed);
    for _ in 0..10 {
        assert_eq!(client.get(demo.url("/api/protected/")).send().await.unwrap().status(), 200);
    }
    assert_eq!((before, store.loads.load(Ordering::Relaxed)), (1, 1));
}
