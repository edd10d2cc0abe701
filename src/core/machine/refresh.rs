//! One refresh: lock, read again, adopt or send, store, announce, unlock (R2 to R8).

use super::{Job, LockFailure, Machine, Output, state::Live};
use crate::core::{
    backend::{Fate, Grant, Outcome, without_answer},
    error::{Error, Problem, StoreError, StoreProblem},
    event::{Event, Hint, SignOutReason},
    http::{HttpAnswer, TransportError},
    jwt::{Claims, TokenKind},
    lifetime::{Receipt, Timing},
    policy::backoff,
    record::{Basis, Record, Saved, SessionId, Write},
    secret::Secret,
    time::{Deadline, Now},
};

/// How often a refresh reads the store again because its mark lost against another write.
const MAX_REREADS: u32 = 3;

/// A refresh under way.
#[derive(Debug)]
pub(super) struct Refresh {
    pub(super) job: Job,
    /// The session it is for; its answer is worthless to any other.
    session: SessionId,
    stage: Stage,
    /// What the next write of the record is based on.
    basis: Basis,
    /// An earlier attempt with this refresh token has no known outcome.
    interrupted: bool,
    resent: bool,
    rereads: u32,
}

#[derive(Debug)]
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
    Storing(Box<Live>, Option<Failure>),
    /// Looking whether somebody else's write explains a lost or rejected attempt (R7).
    Confirming(Option<SignOutReason>, Option<Secret>),
    /// Removing the record of a dead session.
    Ending(SignOutReason),
}

/// A refresh that brought no usable token.
#[derive(Debug)]
struct Failure {
    error: Error,
    retry_in: i64,
}

impl Machine {
    /// Starts a refresh unless one is under way or it is too early for one.
    pub(super) fn begin_refresh(&mut self, now: Now, reactive: bool) {
        let Some(live) = self.live.as_ref().filter(|live| live.record.refresh.is_some()) else { return };
        if self.refresh.is_some() || self.gate(now, reactive) > 0 {
            return;
        }
        let (session, basis) = (live.session(), Basis::Stamp(live.record.stamp));
        self.reactive = if reactive { self.reactive.saturating_add(1) } else { 0 };
        let job = self.next_job();
        let stage = Stage::Locking;
        self.refresh = Some(Refresh { job, session, stage, basis, interrupted: false, resent: false, rereads: 0 });
        self.outputs.push_back(Output::Lock(job));
    }

    pub(super) fn locked(&mut self, now: Now, entropy: u128, job: Job, outcome: Result<(), LockFailure>) {
        if self.refresh.as_ref().is_none_or(|refresh| refresh.job != job) {
            return self.outputs.push_back(Output::Unlock(job));
        }
        if !self.is_refreshing_live() {
            return self.finish();
        }
        let unsaved = self.live.as_ref().is_some_and(|live| live.unsaved);
        let Some(refresh) = &mut self.refresh else { return };
        match outcome {
            Ok(()) => refresh.stage = Stage::Reading,
            Err(LockFailure::TimedOut) => refresh.stage = Stage::ReadingUnlocked,
            // A session that never reached the store is nobody else's: it needs no lock.
            Err(LockFailure::Failed(error)) if unsaved => {
                refresh.stage = Stage::Reading;
                self.store_failed(error);
            }
            Err(LockFailure::Failed(error)) => {
                self.store_failed(error.clone());
                return self.fail_in_memory(now, entropy, Error::Store(error));
            }
        }
        self.outputs.push_back(Output::Load(job));
    }

    pub(super) fn refresh_loaded(&mut self, now: Now, entropy: u128, stored: Result<Option<Record>, StoreError>) {
        let Some(refresh) = &mut self.refresh else { return };
        let stage = std::mem::replace(&mut refresh.stage, Stage::Reading);
        if !self.is_refreshing_live() {
            return self.discard(match stage {
                Stage::Confirming(_, orphan) => orphan,
                _ => None,
            });
        }
        match stage {
            Stage::ReadingUnlocked => {
                let newer = self.adopt_newer(now, stored.ok().flatten());
                if newer { self.finish() } else { self.fail_in_memory(now, entropy, Error::LockTimeout) }
            }
            Stage::Confirming(reason, orphan) => self.confirmed(now, stored, reason, orphan),
            _ => self.reread(now, entropy, stored),
        }
    }

    /// Under the lock, before anything is sent: is the session still the one in memory?
    fn reread(&mut self, now: Now, entropy: u128, stored: Result<Option<Record>, StoreError>) {
        let (Some(refresh), Some(live)) = (&mut self.refresh, &mut self.live) else { return self.finish() };
        match stored {
            Ok(Some(record)) if record.stamp.session == live.session() => {
                refresh.basis = Basis::Stamp(record.stamp);
                if record.stamp.generation > live.record.stamp.generation {
                    self.integrate(now, Some(record), SignOutReason::Replaced, false);
                    return self.finish();
                }
                if record.stamp.generation == live.record.stamp.generation {
                    live.merge(&record, now);
                    refresh.interrupted |= record.pending.is_some();
                    if live.retry.as_ref().is_some_and(|retry| retry.remaining(now) > 0) {
                        return self.finish();
                    }
                }
            }
            Ok(None) if live.unsaved => refresh.basis = Basis::Session(None),
            Ok(other) => {
                self.integrate(now, other, SignOutReason::SignedOutElsewhere, false);
                return self.finish();
            }
            Err(error) if error.problem == StoreProblem::Corrupt => refresh.basis = Basis::Unreadable,
            // A session that never reached the store is nobody else's: it needs no reading again.
            Err(error) if live.unsaved && error.problem != StoreProblem::NewerVersion => {}
            Err(error) => {
                self.store_failed(error.clone());
                return self.fail_in_memory(now, entropy, Error::Store(error));
            }
        }
        self.mark(now);
    }

    fn mark(&mut self, now: Now) {
        let (Some(refresh), Some(live)) = (&mut self.refresh, &mut self.live) else { return self.finish() };
        live.record.pending = Some(now.wall);
        refresh.stage = Stage::Marking;
        self.outputs.push_back(Output::Save(refresh.job, Write::put(&live.record, refresh.basis)));
    }

    fn send(&mut self, now: Now) {
        let refresh_token = self.live.as_ref().and_then(|live| live.record.refresh.as_ref());
        let (Some(refresh), Some(token)) = (&mut self.refresh, refresh_token) else { return self.finish() };
        refresh.stage = Stage::Sending;
        self.last_attempt = Some(now);
        self.outputs.push_back(Output::Send(refresh.job, self.backend.refresh(token)));
    }

    pub(super) fn refresh_saved(&mut self, now: Now, outcome: Result<Saved, StoreError>) {
        let Some(refresh) = &mut self.refresh else { return };
        match std::mem::replace(&mut refresh.stage, Stage::Reading) {
            Stage::Marking => self.marked(now, outcome),
            Stage::Storing(next, failure) => self.stored(now, *next, failure, outcome),
            Stage::Ending(reason) => self.ended(reason, &outcome),
            stage => refresh.stage = stage,
        }
    }

    fn marked(&mut self, now: Now, outcome: Result<Saved, StoreError>) {
        if !self.is_refreshing_live() {
            // The user signed out or in while the mark was written: nothing may be sent for the old session.
            return self.finish();
        }
        let (Some(refresh), Some(live)) = (&mut self.refresh, &mut self.live) else { return };
        match outcome {
            Ok(Saved::Written) => {
                refresh.basis = Basis::Stamp(live.record.stamp);
                live.unsaved = false;
                self.send(now);
            }
            Ok(Saved::Lost) if refresh.rereads < MAX_REREADS => {
                refresh.rereads += 1;
                self.outputs.push_back(Output::Load(refresh.job));
            }
            Ok(Saved::Lost) => self.fail_in_memory(now, 0, Error::LockTimeout),
            Err(error) => {
                self.store_failed(error);
                self.send(now);
            }
        }
    }

    pub(super) fn refresh_answered(
        &mut self,
        now: Now,
        entropy: u128,
        answer: Result<HttpAnswer, TransportError>,
        receipt_of: impl Fn(Option<i64>) -> Receipt,
    ) {
        let (outcome, date) = match &answer {
            Ok(answer) => (self.backend.read_refresh(answer), answer.date),
            Err(error) => (without_answer(*error), None),
        };
        if !self.is_refreshing_live() {
            return self.discard(match outcome {
                Outcome::Granted(grant) => grant.refresh,
                _ => None,
            });
        }
        match outcome {
            Outcome::Granted(grant) => self.granted(now, entropy, grant, &receipt_of(date)),
            Outcome::Rejected { .. } => {
                let interrupted = self.refresh.as_ref().is_some_and(|refresh| refresh.interrupted);
                let reason = if interrupted { SignOutReason::Interrupted } else { SignOutReason::Rejected };
                self.confirm(Some(reason), None);
            }
            Outcome::Transient { problem, fate, retry_after } => {
                if fate == Fate::AnswerLost && self.resend(now) {
                    return;
                }
                let error = Error::Unavailable { problem, retry_after: None };
                self.store_failure(now, entropy, error, fate, retry_after);
            }
            Outcome::Misconfigured(problem) => {
                self.store_failure(now, entropy, Error::Misconfigured { problem }, Fate::Unspent, None);
            }
        }
    }

    /// Whether the refresh under way is for the session in memory.
    fn is_refreshing_live(&self) -> bool {
        let session = self.live.as_ref().map(Live::session);
        self.refresh.as_ref().is_some_and(|refresh| Some(refresh.session) == session)
    }

    /// The session whose refresh token has been sent, until it is known what came of it.
    pub(super) fn sent_refresh_session(&self) -> Option<SessionId> {
        let refresh = self.refresh.as_ref()?;
        let sent = matches!(refresh.stage, Stage::Sending | Stage::Storing(..) | Stage::Confirming(..));
        sent.then_some(refresh.session)
    }

    /// Ends a refresh for a session that is gone: its token is revoked with the sign-out, or on its own.
    fn discard(&mut self, successor: Option<Secret>) {
        let session = self.refresh.as_ref().map(|refresh| refresh.session);
        self.refresh_settled(session, successor);
        self.finish();
    }

    /// The answer was cut off: once more at once, inside the server's likely grace period (R5).
    fn resend(&mut self, now: Now) -> bool {
        let Some(refresh) = self.refresh.as_mut().filter(|refresh| !refresh.resent) else { return false };
        refresh.resent = true;
        refresh.interrupted = true;
        self.send(now);
        true
    }

    /// Stores what was granted; an odd answer keeps its refresh token and fails afterwards.
    fn granted(&mut self, now: Now, entropy: u128, grant: Grant, receipt: &Receipt) {
        let Some(live) = &self.live else { return self.finish() };
        let problem = judge(&live.record, &grant);
        if problem == Some(Problem::SubjectChanged) {
            let error = Error::Misconfigured { problem: Problem::SubjectChanged };
            return self.store_failure(now, entropy, error, Fate::Unspent, None);
        }
        let refresh = grant.refresh.filter(|_| problem != Some(Problem::AccessTokenAsRefresh));
        let Some(problem) = problem else {
            let next = renewed(&live.record, grant.access.as_ref(), refresh, grant.expires_in, receipt);
            return self.store(next, None);
        };
        let error = Error::Misconfigured { problem };
        match refresh {
            None => self.store_failure(now, entropy, error, Fate::Unspent, None),
            Some(refresh) => {
                let mut record = next_generation(&live.record, Some(refresh));
                let failure = self.failed_again(now, entropy, &mut record, error, None);
                let next = self.same_token(now, record);
                self.store(next, Some(failure));
            }
        }
    }

    /// Notes a failed attempt in the record, so that every context backs off (R8).
    fn store_failure(&mut self, now: Now, entropy: u128, error: Error, fate: Fate, retry_after: Option<i64>) {
        let (Some(live), Some(refresh)) = (&self.live, &self.refresh) else { return self.finish() };
        let mut record = live.record.clone();
        if fate == Fate::Unspent && !refresh.interrupted {
            record.pending = None;
        }
        let failure = self.failed_again(now, entropy, &mut record, error, retry_after);
        let next = self.same_token(now, record);
        self.store(next, Some(failure));
    }

    fn failed_again(
        &self,
        now: Now,
        entropy: u128,
        record: &mut Record,
        error: Error,
        retry_after: Option<i64>,
    ) -> Failure {
        record.failures = record.failures.saturating_add(1);
        let retry_in = backoff(record.failures, entropy, retry_after);
        record.retry_at = Some(now.wall.saturating_add(retry_in));
        let error = match error {
            Error::Unavailable { problem, .. } => Error::Unavailable { problem, retry_after: Some(retry_in) },
            other => other,
        };
        Failure { error, retry_in }
    }

    /// The token in use under a changed record.
    fn same_token(&self, now: Now, record: Record) -> Live {
        let age = self.live.as_ref().map_or(0, |live| live.age(now));
        Live::received(record, now.back(age))
    }

    fn store(&mut self, next: Live, failure: Option<Failure>) {
        let Some(refresh) = &mut self.refresh else { return };
        self.outputs.push_back(Output::Save(refresh.job, Write::put(&next.record, refresh.basis)));
        refresh.stage = Stage::Storing(Box::new(next), failure);
    }

    fn stored(&mut self, now: Now, mut next: Live, failure: Option<Failure>, outcome: Result<Saved, StoreError>) {
        let generation = next.record.stamp.generation;
        if !self.is_refreshing_live() {
            return self.discard(next.record.refresh);
        }
        match outcome {
            Ok(Saved::Lost) => return self.confirm(None, next.record.refresh),
            Ok(Saved::Written) => {
                self.store_trouble = None;
                self.outputs.push_back(Output::Announce(Hint::Changed));
            }
            Err(error) => {
                next.unsaved = true;
                self.store_failed(error);
            }
        }
        if let Some(failure) = &failure {
            next.retry = Some(Deadline { set: now, delay: failure.retry_in });
        }
        let renewed = self.live.as_ref().is_some_and(|live| live.record.stamp.generation < generation);
        self.install(next);
        match failure {
            Some(Failure { error, retry_in }) => self.fail(error, retry_in),
            None if renewed => self.emit(Event::Refreshed { generation }),
            None => {}
        }
        self.finish();
    }

    /// Reads the store once more before believing the worst.
    fn confirm(&mut self, reason: Option<SignOutReason>, orphan: Option<Secret>) {
        let Some(refresh) = &mut self.refresh else { return };
        refresh.stage = Stage::Confirming(reason, orphan);
        self.outputs.push_back(Output::Load(refresh.job));
    }

    fn confirmed(
        &mut self,
        now: Now,
        stored: Result<Option<Record>, StoreError>,
        reason: Option<SignOutReason>,
        orphan: Option<Secret>,
    ) {
        let gone = matches!(stored, Ok(None));
        if self.adopt_newer(now, stored.ok().flatten()) {
            return self.finish();
        }
        match (reason, &mut self.refresh, &self.live) {
            (Some(reason), Some(refresh), Some(live)) => {
                refresh.stage = Stage::Ending(reason);
                let write = Write::clear(Basis::Stamp(live.record.stamp));
                self.outputs.push_back(Output::Save(refresh.job, write));
            }
            _ => {
                if gone {
                    self.end_session(SignOutReason::SignedOutElsewhere);
                    self.revoke_orphan(orphan);
                }
                self.finish();
            }
        }
    }

    /// Follows the store where it is ahead of memory; says whether it was.
    fn adopt_newer(&mut self, now: Now, stored: Option<Record>) -> bool {
        let before = self.live.as_ref().map(|live| live.record.stamp);
        let Some(record) = stored.filter(|record| Some(record.stamp) != before) else { return false };
        self.integrate(now, Some(record), SignOutReason::Replaced, false);
        self.live.as_ref().map(|live| live.record.stamp) != before
    }

    fn ended(&mut self, reason: SignOutReason, outcome: &Result<Saved, StoreError>) {
        if !self.is_refreshing_live() {
            return self.finish();
        }
        if let (Ok(Saved::Lost), Some(refresh)) = (outcome, &mut self.refresh)
            && refresh.rereads < MAX_REREADS
        {
            refresh.rereads += 1;
            return self.confirm(Some(reason), None);
        }
        self.end_session(reason);
        self.outputs.push_back(Output::Announce(Hint::Ended(reason)));
        self.finish();
    }

    /// A failure that is this context's own and is not noted in the record.
    fn fail_in_memory(&mut self, now: Now, entropy: u128, error: Error) {
        if let Some(live) = &mut self.live {
            live.record.failures = live.record.failures.saturating_add(1);
            let retry_in = backoff(live.record.failures, entropy, None);
            live.retry = Some(Deadline { set: now, delay: retry_in });
            self.fail(error, retry_in);
        }
        self.finish();
    }

    fn fail(&mut self, error: Error, retry_in: i64) {
        self.trouble = Some(error.clone());
        self.emit(Event::RefreshFailed { error, retry_in });
    }

    fn finish(&mut self) {
        let Some(refresh) = self.refresh.take() else { return };
        self.outputs.push_back(Output::Unlock(refresh.job));
        self.refresh_settled(Some(refresh.session), None);
    }
}

/// What is wrong with an answer that grants something (T4).
fn judge(record: &Record, grant: &Grant) -> Option<Problem> {
    let Some(access) = &grant.access else { return Some(Problem::NoAccessToken) };
    let claims = Claims::decode(access.expose()).ok();
    if claims.as_ref().and_then(|claims| claims.kind) == Some(TokenKind::Refresh) {
        return Some(Problem::RefreshTokenAsAccess);
    }
    let before = Claims::decode(record.access.expose()).ok().and_then(|claims| claims.subject);
    let after = claims.and_then(|claims| claims.subject);
    if before.is_some() && after.is_some() && before != after {
        return Some(Problem::SubjectChanged);
    }
    let refresh = grant.refresh.as_ref().and_then(|refresh| Claims::decode(refresh.expose()).ok());
    (refresh.and_then(|claims| claims.kind) == Some(TokenKind::Access)).then_some(Problem::AccessTokenAsRefresh)
}

/// The record after a refresh.
fn renewed(
    old: &Record,
    access: Option<&Secret>,
    refresh: Option<Secret>,
    expires_in: Option<f64>,
    receipt: &Receipt,
) -> Live {
    let mut record = next_generation(old, refresh);
    if let Some(access) = access {
        record.access = access.clone();
    }
    let claims = Claims::decode(record.access.expose()).ok();
    let timing = Timing::issued(claims.as_ref(), expires_in, receipt, old.skew);
    record.received = timing.received.wall;
    record.lifetime = timing.lifetime;
    record.skew = timing.skew;
    Live::received(record, timing.received)
}

/// The next generation of a record, with nothing pending; no new refresh token means that the old one stays (R4).
fn next_generation(old: &Record, refresh: Option<Secret>) -> Record {
    let mut record = old.clone();
    record.stamp.generation = record.stamp.generation.saturating_add(1);
    record.refresh = refresh.or(record.refresh);
    record.pending = None;
    record.failures = 0;
    record.retry_at = None;
    record
}
