//! What it costs to take a live token: nanoseconds per `access_token()`, by one thread and by eight at once.

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use divan::Bencher;
use evertoken::{AccessToken, Grant, Session, SimpleJwt};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

#[divan::bench(threads = [1, 8])]
fn access_token(bencher: Bencher) {
    let runtime = Runtime::new().unwrap();
    let session = runtime.block_on(signed_in());
    bencher.bench(|| take(black_box(&session)));
}

/// A session whose token lives for longer than the benchmark; its endpoint is never asked.
async fn signed_in() -> Session {
    let backend = SimpleJwt::new("http://127.0.0.1:9/").unwrap();
    let session = Session::builder(backend).build().await.unwrap();
    session.adopt(Grant::pair("opaque", Some("refresh")).unwrap().expires_in(Duration::from_hours(24))).await.unwrap();
    session
}

/// A live token is there at the first poll.
fn take(session: &Session) -> AccessToken {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(session.access_token()).poll(&mut context) {
        Poll::Ready(token) => token.unwrap(),
        Poll::Pending => unreachable!("a live token is not waited for"),
    }
}
