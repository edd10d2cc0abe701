//! One effect, one task: what the machine asks for is done, and the result goes back in.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use super::{Platform, session::Shared};
use crate::core::{
    http::TransportError,
    machine::{Input, Job, LOCK_WAIT, LockFailure, Output, REQUEST_LIMIT},
};

/// Time limits count in steps this long, in milliseconds: a page that was frozen, or a machine that slept, has lived
/// through one step at most, and finds the answer that arrived meanwhile.
const LIMIT_STEP: i64 = 1_000;

impl<P: Platform> Shared<P> {
    pub(super) fn perform(self: &Arc<Self>, output: Output) {
        match output {
            Output::Lock(job) => self.run(move |shared| async move {
                let outcome = shared.lock(job).await;
                Input::Locked { job, outcome }
            }),
            Output::Unlock(job) => self.unlock(job),
            Output::Load(job) => self.run(move |shared| async move {
                let stored = shared.store.load().await;
                Input::Loaded { job, stored }
            }),
            Output::Save(job, write) => self.run(move |shared| async move {
                let outcome = shared.store.save(&write).await;
                Input::Saved { job, outcome }
            }),
            Output::Send(job, request) => self.run(move |shared| async move {
                let sent = shared.platform.now();
                let answer = shared.within(REQUEST_LIMIT, shared.platform.send(request)).await;
                Input::Answered { job, sent, answer: answer.unwrap_or(Err(TransportError::TimedOut)) }
            }),
            Output::Announce(hint) => self.platform.announce(hint),
            Output::Answer(waiter, reply) => self.reply(waiter, reply),
            Output::Emit(event) => self.platform.emit(event),
        }
    }

    /// Runs an effect on its own and hands in what it brings.
    fn run<F>(self: &Arc<Self>, effect: impl FnOnce(Arc<Self>) -> F)
    where
        F: Future<Output = Input> + crate::send::MaybeSend + 'static,
    {
        let shared = Arc::clone(self);
        let effect = effect(Arc::clone(self));
        self.platform.spawn(async move {
            let input = effect.await;
            shared.handle(input);
        });
    }

    async fn lock(&self, job: Job) -> Result<(), LockFailure> {
        match self.within(LOCK_WAIT, self.store.lock()).await {
            Some(Ok(guard)) => {
                self.keep_guard(job, guard);
                Ok(())
            }
            Some(Err(error)) => Err(LockFailure::Failed(error)),
            None => Err(LockFailure::TimedOut),
        }
    }

    /// The future's result, unless it takes longer than `limit` milliseconds of time really lived through.
    async fn within<T>(&self, limit: i64, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        for _ in 0..limit / LIMIT_STEP {
            let mut step = self.platform.sleep(LIMIT_STEP);
            if let Some(result) = first(future.as_mut(), step.as_mut()).await {
                return Some(result);
            }
        }
        None
    }
}

/// The future's result, or `None` when the sleep ends first. The future is asked first.
async fn first<T>(
    mut future: Pin<&mut impl Future<Output = T>>,
    mut sleep: Pin<&mut (impl Future<Output = ()> + ?Sized)>,
) -> Option<T> {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending => sleep.as_mut().poll(context).map(|()| None),
    })
    .await
}
