//! One effect, one task: what the machine asks for is done, and the result goes back in.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use super::{Native, shape::shape, store::BoxFuture, transport};
use crate::{
    core::{
        StoreError, StoreProblem, Write,
        http::{HttpAnswer, HttpRequest, REQUEST_LIMIT, TransportError},
        machine::{Input, Job, LOCK_WAIT, LockFailure, STORE_LIMIT},
    },
    driver::Driver,
};

/// Time limits count in steps this long, in milliseconds: a machine that slept has lived through one step at most,
/// and finds the answer that arrived meanwhile.
const LIMIT_STEP: i64 = 1_000;

/// How long an answer is waited for that did not come within [`REQUEST_LIMIT`], in milliseconds: longer than servers and
/// proxies work on a request.
const LATE_LIMIT: i64 = 300_000;

/// A task for one effect. Dropped in the middle, because the runtime has ended or a store has panicked, it would leave
/// the machine waiting for ever; then nobody else shall, for an answer or for the lock.
pub(super) struct Task {
    driver: Arc<Driver<Native>>,
    done: bool,
}

impl Task {
    pub(super) fn new(driver: &Arc<Driver<Native>>) -> Self {
        Self { driver: Arc::clone(driver), done: false }
    }

    pub(super) async fn run(mut self, effect: impl Future<Output = Input>) {
        let input = effect.await;
        self.done = true;
        self.driver.handle(input);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if !self.done {
            self.driver.abandon();
            self.driver.platform.drop_guard();
        }
    }
}

/// Sends a request and waits for its answer, beyond the time limit, too: it may have the only token that still works.
pub(super) async fn send(job: Job, request: HttpRequest, driver: &Arc<Driver<Native>>) -> Input {
    let answered = |answer: Option<_>| {
        let answer = answer.unwrap_or(Err(TransportError::TimedOut));
        if let Ok(answer) = &answer {
            *driver.platform.last_answer.lock() = Some(shape(answer));
        }
        Input::Answered { job, answer }
    };
    let platform = &driver.platform;
    let mut request: BoxFuture<'_, _> = Box::pin(platform.traces.within(job, exchange(request, platform)));
    let answer = within(REQUEST_LIMIT, &mut request).await;
    if answer.is_some() {
        return answered(answer);
    }
    driver.handle(answered(None));
    answered(within(LATE_LIMIT, &mut request).await)
}

/// Sends a request to the backend, with a proof where its tokens are bound to a key, and reads the answer.
async fn exchange(request: HttpRequest, platform: &Native) -> Result<HttpAnswer, TransportError> {
    #[cfg(feature = "dpop")]
    if let Some(of) = request.proof.get().cloned() {
        return platform.prover.exchange(&platform.endpoint, request, &of).await;
    }
    transport::send(&platform.endpoint, request).await
}

/// Waits for the store's lock, which the platform keeps then.
pub(super) async fn lock(job: Job, platform: &Native) -> Input {
    let outcome = match within(LOCK_WAIT, &mut platform.store.lock()).await {
        Some(Ok(guard)) => {
            platform.keep_guard(job, guard);
            Ok(())
        }
        Some(Err(error)) => Err(LockFailure::Failed(error)),
        None => Err(LockFailure::TimedOut),
    };
    Input::Locked { job, outcome }
}

/// Reads the store.
pub(super) async fn load(job: Job, platform: &Native) -> Input {
    let stored = within(STORE_LIMIT, &mut platform.store.load()).await;
    Input::Loaded { job, stored: stored.unwrap_or_else(|| Err(StoreError::new(StoreProblem::TimedOut))) }
}

/// Writes to the store.
pub(super) async fn save(job: Job, write: Write, platform: &Native) -> Input {
    let saved = within(STORE_LIMIT, &mut platform.store.save(&write)).await;
    Input::Saved { job, outcome: saved.unwrap_or_else(|| Err(StoreError::new(StoreProblem::TimedOut))) }
}

/// The future's result, unless it takes longer than `limit` milliseconds of time really lived through.
async fn within<T>(limit: i64, future: &mut BoxFuture<'_, T>) -> Option<T> {
    for _ in 0..limit / LIMIT_STEP {
        let mut step = Box::pin(tokio::time::sleep(Duration::from_millis(LIMIT_STEP.unsigned_abs())));
        // The future is asked first.
        let first = poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => step.as_mut().poll(context).map(|()| None),
        });
        if let Some(result) = first.await {
            return Some(result);
        }
    }
    None
}
