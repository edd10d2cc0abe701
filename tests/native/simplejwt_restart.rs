//! A server that goes away and comes back, and a program that does.

use evertoken::{Client, FileStore};
use tokio::runtime::Runtime;

use crate::common::{credentials, django::Django, expired, generation};

#[tokio::test]
async fn r7_the_session_outlives_a_restart_of_the_server_and_of_the_program() {
    let mut django = Django::start().await;
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("session"));
    let client = Client::new(django.builder().store(store.clone()).background_refresh(false).build().await.unwrap());
    client.session().sign_in(&credentials()).await.unwrap();
    expired(client.session()).await;

    django.stop().await;
    assert_eq!(client.session().refresh().await.unwrap_err().code(), "unavailable");
    assert_eq!(generation(client.session()), 1, "a server that is away ends no session");
    django.start_again().await;
    // The token has expired: the request waits until the server may be asked again.
    let answer = client.get(django.url("/api/protected/")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), generation(client.session())), (200, 2));

    client.session().close();
    let next = Client::new(django.builder().store(store).background_refresh(false).build().await.unwrap());
    assert_eq!(generation(next.session()), 2, "the stored session is in use at once");
    expired(next.session()).await;
    let answer = next.get(django.url("/api/protected/")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), generation(next.session())), (200, 3));
}

/// A runtime that is shut down stands for a process that ends: no task of it goes on.
#[test]
fn s2_a_program_that_ends_leaves_a_session_for_the_next_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = FileStore::new(directory.path().join("session"));
    let servers = Runtime::new().unwrap();
    let django = servers.block_on(Django::start());

    let first = Runtime::new().unwrap();
    first.block_on(async {
        let session = django.builder().store(store.clone()).build().await.unwrap();
        session.sign_in(&credentials()).await.unwrap();
    });
    drop(first);

    Runtime::new().unwrap().block_on(async {
        let session = django.builder().store(store).build().await.unwrap();
        assert_eq!(generation(&session), 1);
        let answer = Client::new(session).get(django.url("/api/protected/")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    });
}
