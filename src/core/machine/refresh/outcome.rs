//! What came of a refresh: stored before anybody uses it, confirmed before the worst is believed (R3, R7).

use alloc::{boxed::Box, sync::Arc};

use super::{
    MAX_REREADS, Stage,
    successor::{is_refresh_token, judge, next_generation, renewed},
};
use crate::core::{
    backend::{Fate, Grant},
    error::{Error, StoreError, StoreProblem},
    event::{Event, Hint, SignOutReason},
    lifetime::Receipt,
    machine::{Machine, Output, state::Live},
    policy::backoff,
    record::{Basis, Record, Saved, Write},
    time::{Deadline, Delay},
};

impl Machine {
    /// Stores what was granted; an odd answer keeps its refresh token and fails afterwards.
    pub(super) fn granted(&mut self, mut grant: Grant, receipt: &Receipt) {
        let Some(live) = &self.live else { return self.finish() };
        let problem = judge(&live.record, &grant);
        grant.refresh = grant.refresh.filter(|refresh| is_refresh_token(&live.record, refresh));
        let Some(problem) = problem else {
            let next = renewed(&live.record, grant, receipt);
            return self.store(next);
        };
        let error = Error::Misconfigured { problem };
        match grant.refresh {
            None => self.store_failure(error, Fate::Unspent, None),
            Some(refresh) => {
                let mut record = next_generation(&live.record, Some(refresh));
                record.failures = live.record.failures;
                self.store_attempt(record, error, None);
            }
        }
    }

    /// Notes a failed attempt in the record, so that every context backs off (R8).
    pub(super) fn store_failure(&mut self, error: Error, fate: Fate, retry_after: Option<Delay>) {
        let (Some(live), Some(refresh)) = (&self.live, &self.refresh) else { return self.finish() };
        let mut record = live.record.clone();
        if fate == Fate::Unspent && !refresh.interrupted {
            record.pending = None;
        }
        self.store_attempt(record, error, retry_after);
    }

    /// One more failure of the record's session, which goes on with the token in use.
    fn store_attempt(&mut self, mut record: Record, error: Error, retry_after: Option<Delay>) {
        let Some(live) = &self.live else { return self.finish() };
        record.failures = record.failures.saturating_add(1);
        let retry_in = backoff(record.failures, self.entropy, retry_after);
        record.retry_at = Some(self.now.wall.saturating_add(retry_in));
        record.retry_in = Some(retry_in);
        let mut next = Live::received(record, live.received);
        next.token = Arc::clone(&live.token);
        next.failure = Some(match error {
            Error::Unavailable { problem, .. } => Error::Unavailable { problem, retry_after: Some(Delay(retry_in)) },
            other => other,
        });
        self.store(next);
    }

    pub(super) fn store(&mut self, next: Box<Live>) {
        let Some(refresh) = &mut self.refresh else { return };
        self.outputs.push(Output::Save(refresh.job, Write::put(&next.record, refresh.basis)));
        refresh.stage = Stage::Storing(next);
    }

    pub(super) fn stored(&mut self, mut next: Box<Live>, outcome: Result<Saved, StoreError>) {
        if !self.is_refreshing_live() {
            return self.discard(Some(next.record.tokens()));
        }
        if self.live.as_ref().is_some_and(|live| live.record.stamp.generation > next.record.stamp.generation) {
            return self.finish();
        }
        match outcome {
            Ok(Saved::Lost) => return self.recover(next),
            Ok(Saved::Written) => {
                self.store_trouble = None;
                self.stored = Some(next.session());
                self.outputs.push(Output::Announce(Hint::Changed));
            }
            Err(error) => {
                next.unsaved = self.is_nowhere_else(&next);
                self.store_failed(error);
            }
        }
        self.conclude(next);
    }

    /// Whether what could not be stored is in memory only. A failure that could not be noted leaves the pair in the
    /// store, where other contexts find it.
    fn is_nowhere_else(&self, next: &Live) -> bool {
        let live = self.live.as_ref();
        live.is_none_or(|live| live.unsaved || live.record.stamp != next.record.stamp)
    }

    /// Puts the outcome of a refresh into use.
    pub(super) fn conclude(&mut self, mut next: Box<Live>) {
        let generation = next.record.stamp.generation;
        let (failure, retry_in) = (next.failure.take(), next.record.retry_in);
        let renewed = self.live.as_ref().is_some_and(|live| live.record.stamp.generation < generation);
        self.renewed = failure.is_none();
        next.private = next.unsaved && self.live.as_ref().is_some_and(|live| live.private);
        self.install(next);
        match failure {
            Some(error) => self.fail(error, retry_in.unwrap_or(0)),
            None if renewed => self.emit(Event::Refreshed { generation }),
            None => {}
        }
        self.finish();
    }

    /// Reads the store once more before believing the worst.
    pub(super) fn confirm(&mut self, reason: SignOutReason) {
        let Some(refresh) = &mut self.refresh else { return };
        refresh.stage = Stage::Confirming(reason);
        self.outputs.push(Output::Load(refresh.job));
    }

    pub(super) fn confirmed(&mut self, stored: Result<Option<Box<Record>>, StoreError>, reason: SignOutReason) {
        if self.follow(stored.ok()) {
            return self.finish();
        }
        let (Some(refresh), Some(live)) = (&mut self.refresh, &self.live) else { return self.finish() };
        refresh.stage = Stage::Ending(reason);
        self.outputs.push(Output::Save(refresh.job, Write::clear(Basis::Stamp(live.record.stamp))));
    }

    pub(super) fn recover(&mut self, next: Box<Live>) {
        let Some(refresh) = &mut self.refresh else { return };
        refresh.stage = Stage::Recovering(next);
        self.outputs.push(Output::Load(refresh.job));
    }

    /// Somebody else's write came first. What is newer is followed; otherwise what was granted must not be lost.
    pub(super) fn recovered(&mut self, stored: Result<Option<Box<Record>>, StoreError>, mut next: Box<Live>) {
        let basis = match &stored {
            Ok(Some(record)) => Some(Basis::Stamp(record.stamp)),
            Ok(None) => Some(Basis::Session(None)),
            Err(error) => (error.problem == StoreProblem::Corrupt).then_some(Basis::Unreadable),
        };
        let trouble = stored.as_ref().err().cloned();
        if self.follow(stored.ok()) {
            return if self.is_refreshing_live() { self.finish() } else { self.discard(Some(next.record.tokens())) };
        }
        let Some(refresh) = &mut self.refresh else { return };
        match basis.filter(|_| refresh.rereads < MAX_REREADS) {
            Some(basis) => {
                refresh.rereads += 1;
                refresh.basis = basis;
                self.store(next);
            }
            None => {
                next.unsaved = self.is_nowhere_else(&next);
                if let Some(error) = trouble {
                    self.store_failed(error);
                }
                self.conclude(next);
            }
        }
    }

    /// Follows a store that is ahead of memory or where the session is no more; says whether it did.
    pub(super) fn follow(&mut self, stored: Option<Option<Box<Record>>>) -> bool {
        match stored {
            Some(None) if self.live.as_ref().is_some_and(|live| !live.unsaved) => {
                let reason = self.reason_elsewhere();
                self.end_session(reason);
                true
            }
            stored => self.adopt_newer(stored.flatten()),
        }
    }

    /// Follows the store where it is ahead of memory; says whether it was.
    pub(super) fn adopt_newer(&mut self, stored: Option<Box<Record>>) -> bool {
        let before = self.live.as_ref().map(|live| live.record.stamp);
        let Some(record) = stored.filter(|record| Some(record.stamp) != before) else { return false };
        self.integrate(Some(record), SignOutReason::Replaced, false);
        self.live.as_ref().map(|live| live.record.stamp) != before
    }

    pub(super) fn ended(&mut self, reason: SignOutReason, outcome: &Result<Saved, StoreError>) {
        if self.is_needless() {
            return self.finish();
        }
        if let (Ok(Saved::Lost), Some(refresh)) = (outcome, &mut self.refresh)
            && refresh.rereads < MAX_REREADS
        {
            refresh.rereads += 1;
            return self.confirm(reason);
        }
        self.end_session(reason);
        self.outputs.push(Output::Announce(Hint::Ended(reason)));
        self.finish();
    }

    /// A failure that is this context's own and is not noted in the record.
    pub(super) fn fail_in_memory(&mut self, error: Error) {
        // Without the lock nothing can be taken over either.
        self.offer = None;
        if let Some(live) = &mut self.live {
            live.record.failures = live.record.failures.saturating_add(1);
            let retry_in = backoff(live.record.failures, self.entropy, None);
            self.fail(error, retry_in);
        }
        self.finish();
    }

    fn fail(&mut self, error: Error, retry_in: i64) {
        if let Some(live) = &mut self.live {
            live.retry = Some(Deadline { set: self.now, delay: retry_in });
        }
        self.trouble = Some(error);
        self.emit(Event::RefreshFailed { error, retry_in: Delay(retry_in) });
    }

    pub(super) fn finish(&mut self) {
        let Some(refresh) = self.refresh.take() else { return };
        self.outputs.push(Output::Unlock(refresh.lock));
        self.refresh_settled(Some(refresh.from.session), None);
    }
}
