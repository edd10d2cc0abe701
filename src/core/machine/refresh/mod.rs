//! One refresh: lock, read again, adopt or send, store, announce, unlock (R2 to R8).

mod late;
mod offer;
mod outcome;
mod successor;

pub(super) use late::Overdue;
pub(super) use offer::Offer;

use alloc::boxed::Box;

use super::{Job, LockFailure, Machine, Output, state::Live};
use crate::core::{
    backend::{Fate, Grant, Outcome, Tokens, without_answer},
    error::{Error, StoreError, StoreProblem},
    event::SignOutReason,
    http::{HttpAnswer, TransportError},
    record::{Basis, Record, Saved, SessionId, Stamp, Write},
    time::Now,
};

/// How often a refresh reads the store again because its mark lost against another write.
const MAX_REREADS: u32 = 3;

/// A refresh under way.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(in crate::core::machine) struct Refresh {
    pub(in crate::core::machine) job: Job,
    /// The job that took the lock.
    lock: Job,
    /// The pair it is to replace; its answer is worthless to any other session, and it is needless once another
    /// context has replaced that pair.
    from: Stamp,
    stage: Stage,
    /// When its request left, if it has.
    sent: Now,
    /// What the next write of the record is based on.
    basis: Basis,
    /// An earlier attempt with this refresh token has no known outcome.
    interrupted: bool,
    resent: bool,
    rereads: u32,
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
enum Stage {
    Locking,
    /// Under the lock: does the store know something newer?
    Reading,
    /// The wait for the lock ran out: adopt what is newer, send nothing.
    ReadingUnlocked,
    /// Writing down that the refresh token is about to be sent (R5).
    Marking,
    Sending,
    /// Making the outcome durable before anybody uses it (R3).
    Storing(Box<Live>),
    /// Looking whether somebody else's write explains a rejected attempt (R7).
    Confirming(SignOutReason),
    /// The outcome could not be stored over what is in the store: what is it?
    Recovering(Box<Live>),
    /// Removing the record of a dead session.
    Ending(SignOutReason),
}

impl Refresh {
    fn new(job: Job, from: Stamp, now: Now) -> Self {
        Self {
            job,
            lock: job,
            from,
            stage: Stage::Locking,
            sent: now,
            basis: Basis::Stamp(from),
            interrupted: false,
            resent: false,
            rereads: 0,
        }
    }

    pub(in crate::core::machine) fn awaits_answer(&self, job: Job) -> bool {
        self.job == job && self.is_sending()
    }

    pub(in crate::core::machine) fn is_sending(&self) -> bool {
        matches!(self.stage, Stage::Sending)
    }

    pub(in crate::core::machine) fn holds_lock(&self) -> bool {
        !matches!(self.stage, Stage::Locking | Stage::ReadingUnlocked)
    }
}

impl Machine {
    /// Starts a refresh unless one is under way or it is too early for one.
    pub(in crate::core::machine) fn begin_refresh(&mut self, reactive: bool) {
        let offered = self.offer.is_some();
        let Some(live) = self.live.as_ref().filter(|live| offered || live.can_refresh(self.now)) else { return };
        if self.refresh.is_some() || !offered && self.gate(reactive) > 0 {
            return;
        }
        let from = live.record.stamp;
        self.reactive = if reactive { self.restraint().saturating_add(1) } else { 0 };
        let job = self.next_job();
        self.refresh = Some(Refresh::new(job, from, self.now));
        self.outputs.push(Output::Lock(job));
    }

    pub(in crate::core::machine) fn locked(&mut self, job: Job, outcome: Result<(), LockFailure>) {
        if self.refresh.as_ref().is_none_or(|refresh| refresh.job != job) {
            return self.outputs.push(Output::Unlock(job));
        }
        if self.closed || self.is_needless() {
            return self.finish();
        }
        let private = self.live.as_ref().is_some_and(|live| live.private);
        let Some(refresh) = &mut self.refresh else { return };
        match outcome {
            Ok(()) => refresh.stage = Stage::Reading,
            Err(LockFailure::TimedOut) => refresh.stage = Stage::ReadingUnlocked,
            // Nobody else refreshes it: it needs no lock, and leaves no mark in the store.
            Err(LockFailure::Failed(error)) if private => {
                self.store_failed(error);
                if !self.take_over() {
                    self.send();
                }
                return;
            }
            Err(LockFailure::Failed(error)) => {
                self.store_failed(error);
                return self.fail_in_memory(Error::Store(error));
            }
        }
        self.outputs.push(Output::Load(job));
    }

    pub(in crate::core::machine) fn refresh_loaded(&mut self, stored: Result<Option<Box<Record>>, StoreError>) {
        let Some(refresh) = &mut self.refresh else { return };
        let stage = core::mem::replace(&mut refresh.stage, Stage::Reading);
        if !self.is_refreshing_live() {
            return self.discard(match stage {
                Stage::Recovering(next) => Some(next.record.tokens()),
                _ => None,
            });
        }
        match stage {
            _ if self.is_needless() => self.finish(),
            Stage::Reading | Stage::ReadingUnlocked if self.closed => self.finish(),
            Stage::ReadingUnlocked => {
                let newer = self.adopt_newer(stored.ok().flatten());
                if newer { self.finish() } else { self.fail_in_memory(Error::LockTimeout) }
            }
            Stage::Confirming(reason) => self.confirmed(stored, reason),
            Stage::Recovering(next) => self.recovered(stored, next),
            _ => self.reread(stored),
        }
    }

    /// Under the lock, before anything is sent: is the session still the one in memory?
    fn reread(&mut self, stored: Result<Option<Box<Record>>, StoreError>) {
        let (Some(refresh), Some(live)) = (&mut self.refresh, &mut self.live) else { return self.finish() };
        match stored {
            Ok(Some(record)) if record.stamp.session == live.session() => {
                refresh.basis = Basis::Stamp(record.stamp);
                if record.stamp.generation > live.record.stamp.generation {
                    self.integrate(Some(record), SignOutReason::Replaced, false);
                    return self.finish();
                }
                if record.stamp.generation == live.record.stamp.generation {
                    let failed = record.failures > live.record.failures;
                    live.merge(&record, self.now);
                    refresh.interrupted |= record.pending.is_some();
                    let too_early =
                        self.offer.is_none() && live.retry.as_ref().is_some_and(|retry| retry.remaining(self.now) > 0);
                    if failed {
                        self.tell_failure_elsewhere();
                    }
                    if too_early {
                        return self.finish();
                    }
                }
            }
            Ok(None) if live.unsaved => refresh.basis = Basis::Session(None),
            // What this session could not replace when it began.
            Ok(Some(old)) if live.unsaved && self.ended.iter().any(|(ended, _)| *ended == old.stamp.session) => {
                refresh.basis = Basis::Session(Some(old.stamp.session));
            }
            Ok(other) => {
                let reason = self.reason_elsewhere();
                self.integrate(other, reason, false);
                return self.finish();
            }
            Err(error) if error.problem == StoreProblem::Corrupt => refresh.basis = Basis::Unreadable,
            // A session that never reached the store is nobody else's: it needs no reading again.
            Err(error)
                if live.unsaved && !matches!(error.problem, StoreProblem::NewerVersion | StoreProblem::Bound) => {}
            Err(error) if error.problem == StoreProblem::OtherServer => {
                self.integrate(None, SignOutReason::Replaced, false);
                return self.finish();
            }
            Err(error) => {
                self.store_failed(error);
                return self.fail_in_memory(Error::Store(error));
            }
        }
        if !self.take_over() {
            self.mark();
        }
    }

    fn mark(&mut self) {
        let (Some(refresh), Some(live)) = (&mut self.refresh, &mut self.live) else { return self.finish() };
        live.record.pending = Some(self.now.wall);
        (live.record.retry_at, live.record.retry_in) = (None, None);
        refresh.stage = Stage::Marking;
        self.outputs.push(Output::Save(refresh.job, Write::put(&live.record, refresh.basis)));
    }

    fn send(&mut self) {
        let record = self.live.as_ref().map(|live| &live.record).filter(|record| record.refresh.is_some());
        let (Some(refresh), Some(record)) = (&mut self.refresh, record) else { return self.finish() };
        (refresh.stage, refresh.sent) = (Stage::Sending, self.now);
        self.last_attempt = Some(self.now);
        let mut request = self.backend.refresh(&record.tokens());
        request.proof = record.key.order(record.skew);
        self.outputs.push(Output::Send(refresh.job, request));
    }

    pub(in crate::core::machine) fn refresh_saved(&mut self, outcome: Result<Saved, StoreError>) {
        let Some(refresh) = &mut self.refresh else { return };
        match core::mem::replace(&mut refresh.stage, Stage::Reading) {
            Stage::Marking => self.marked(outcome),
            Stage::Storing(next) => self.stored(next, outcome),
            Stage::Ending(reason) => self.ended(reason, &outcome),
            stage => refresh.stage = stage,
        }
    }

    fn marked(&mut self, outcome: Result<Saved, StoreError>) {
        // The user signed out or in while the mark was written, or somebody's late answer was seen.
        if self.is_needless() {
            return self.finish();
        }
        let (Some(refresh), Some(live)) = (&mut self.refresh, &mut self.live) else { return };
        match outcome {
            Ok(Saved::Written) => {
                refresh.basis = Basis::Stamp(live.record.stamp);
                (live.unsaved, live.private) = (false, false);
                self.send();
            }
            Ok(Saved::Lost) if refresh.rereads < MAX_REREADS => {
                refresh.rereads += 1;
                self.outputs.push(Output::Load(refresh.job));
            }
            Ok(Saved::Lost) => self.fail_in_memory(Error::LockTimeout),
            Err(error) => {
                self.store_failed(error);
                self.send();
            }
        }
    }

    pub(in crate::core::machine) fn refresh_answered(&mut self, answer: Result<HttpAnswer, TransportError>) {
        let Some(refresh) = &self.refresh else { return };
        let receipt = self.receipt(refresh.sent, answer.as_ref().ok().and_then(|answer| answer.date));
        let outcome = match &answer {
            Ok(answer) => self.read_refresh(answer),
            Err(error) => {
                if *error == TransportError::TimedOut {
                    self.expect_late_answer();
                }
                without_answer(*error)
            }
        };
        if !self.is_refreshing_live() {
            return self.discard(match outcome {
                Outcome::Granted(grant) => Some(grant.tokens()),
                _ => None,
            });
        }
        match outcome {
            Outcome::Granted(grant) => self.granted(grant, &receipt),
            Outcome::Rejected { .. } => {
                let interrupted = self.refresh.as_ref().is_some_and(|refresh| refresh.interrupted);
                let reason = if interrupted { SignOutReason::Interrupted } else { SignOutReason::Rejected };
                self.confirm(reason);
            }
            Outcome::Transient { problem, fate, retry_after } => {
                if fate == Fate::AnswerLost && self.resend() {
                    return;
                }
                let error = Error::Unavailable { problem, retry_after: None };
                self.store_failure(error, fate, retry_after);
            }
            Outcome::Misconfigured(problem) => {
                self.store_failure(Error::Misconfigured { problem }, Fate::Unspent, None);
            }
        }
    }

    /// The meaning of an answer, and of what the platform has found wrong with it.
    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome {
        match (self.backend.read_refresh(answer), answer.flaw.get()) {
            (Outcome::Granted(grant), Some(_)) => Outcome::Granted(Grant { flaw: answer.flaw.clone(), ..grant }),
            (Outcome::Transient { .. } | Outcome::Misconfigured(_), Some(flaw)) => Outcome::Misconfigured(*flaw),
            (outcome, _) => outcome,
        }
    }

    /// Whether the refresh under way is for the session in memory.
    pub(in crate::core::machine) fn is_refreshing_live(&self) -> bool {
        let session = self.live.as_ref().map(|live| live.session());
        self.refresh.as_ref().is_some_and(|refresh| Some(refresh.from.session) == session)
    }

    /// Whether the pair that is to be replaced is not the one in memory any more: a look was faster (R2).
    pub(super) fn is_needless(&self) -> bool {
        let stamp = self.live.as_ref().map(|live| live.record.stamp);
        self.refresh.as_ref().is_some_and(|refresh| Some(refresh.from) != stamp)
    }

    /// The session whose refresh token has been sent, until it is known what came of it.
    pub(in crate::core::machine) fn sent_refresh_session(&self) -> Option<SessionId> {
        let refresh = self.refresh.as_ref()?;
        let sent =
            matches!(refresh.stage, Stage::Sending | Stage::Storing(_) | Stage::Confirming(_) | Stage::Recovering(_));
        sent.then_some(refresh.from.session)
    }

    /// Ends a refresh for a session that is gone: its token is revoked with the sign-out, or on its own.
    fn discard(&mut self, successor: Option<Tokens>) {
        let session = self.refresh.as_ref().map(|refresh| refresh.from.session);
        self.refresh_settled(session, successor);
        self.finish();
    }

    /// The answer was cut off: once more at once, inside the server's likely grace period (R5).
    fn resend(&mut self) -> bool {
        let Some(refresh) = self.refresh.as_mut().filter(|refresh| !refresh.resent) else { return false };
        refresh.resent = true;
        refresh.interrupted = true;
        self.send();
        true
    }
}
