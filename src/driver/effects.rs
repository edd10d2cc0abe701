//! One effect, one task: what the machine asks for is done, and the result goes back in.

use std::{future::poll_fn, sync::Arc, task::Poll};

use super::{Platform, session::Shared};
use crate::{
    core::{
        http::TransportError,
        machine::{Input, Job, LOCK_WAIT, LockFailure, Output, REQUEST_LIMIT},
    },
    send::{BoxFuture, boxed},
};

/// Time limits count in steps this long, in milliseconds: a page that was frozen, or a machine that slept, has lived
/// through one step at most, and finds the answer that arrived meanwhile.
const LIMIT_STEP: i64 = 1_000;

impl<P: Platform> Shared<P> {
    pub(super) fn perform(self: &Arc<Self>, output: Output) {
        match output {
            Output::Unlock(job) => self.unlock(job),
            Output::Announce(hint) => self.platform.announce(hint),
            Output::Answer(waiter, reply) => self.reply(waiter, reply),
            Output::Emit(event) => self.platform.emit(event),
            output => {
                let shared = Arc::clone(self);
                self.platform.spawn(boxed(async move {
                    if let Some(input) = shared.carry_out(output).await {
                        shared.handle(input);
                    }
                }));
            }
        }
    }

    /// Carries out an effect that takes time, and returns what it brings.
    async fn carry_out(&self, output: Output) -> Option<Input> {
        Some(match output {
            Output::Lock(job) => Input::Locked { job, outcome: self.lock(job).await },
            Output::Load(job) => Input::Loaded { job, stored: self.store.load().await },
            Output::Save(job, write) => Input::Saved { job, outcome: self.store.save(&write).await },
            Output::Send(job, request) => {
                let sent = self.platform.now();
                let answer = self.within(REQUEST_LIMIT, self.platform.send(request)).await;
                Input::Answered { job, sent, answer: answer.unwrap_or(Err(TransportError::TimedOut)) }
            }
            Output::Unlock(_) | Output::Announce(_) | Output::Answer(..) | Output::Emit(_) => return None,
        })
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
    async fn within<T>(&self, limit: i64, mut future: BoxFuture<'_, T>) -> Option<T> {
        for _ in 0..limit / LIMIT_STEP {
            let mut step = self.platform.sleep(LIMIT_STEP);
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
}
