//! The session held in memory, and how it follows the record.

use alloc::{boxed::Box, sync::Arc};

use super::{Machine, Token, refresh::Refresh};
use crate::core::{
    error::{Error, Problem},
    event::{Event, SignOutReason},
    jwt::Claims,
    policy::{MAX_RETRY_AFTER, Phase, Policy},
    record::{Record, SessionId, Stamp},
    secret::Secret,
    time::{Deadline, Delay, Now},
};

/// A session in use.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(super) struct Live {
    pub(super) record: Record,
    pub(super) token: Arc<Token>,
    /// The record's receipt time on both clocks of this context.
    pub(super) received: Now,
    /// The age from which it cannot be refreshed any more, although it lives on.
    refresh_until: Option<i64>,
    /// The record's back-off, safe against a wall clock that jumps.
    pub(super) retry: Option<Deadline>,
    /// Why the refresh that led here has brought no usable token, until that is told.
    pub(super) failure: Option<Error>,
    /// The store does not hold this record, because writing it failed.
    pub(super) unsaved: bool,
    /// The session has never reached the store: no other context knows it.
    pub(super) private: bool,
}

impl Live {
    /// A session whose token this context has received itself.
    pub(super) fn received(record: Record, received: Now) -> Box<Self> {
        let (stamp, skew) = (record.stamp, record.skew);
        let token = Arc::new(Token { stamp, access: record.access.clone(), skew, key: record.key.clone() });
        let refresh_until = refresh_window(&record);
        Box::new(Self {
            record,
            token,
            received,
            refresh_until,
            retry: None,
            failure: None,
            unsaved: false,
            private: false,
        })
    }

    /// A session from the store. A receipt in the future means that the wall clock was set back: how old the token
    /// is nobody knows, so it counts as stale.
    fn stored(record: Record, policy: &Policy, now: Now) -> Box<Self> {
        let retry = retry_deadline(&record, now);
        let age = match now.wall.saturating_sub(record.received) {
            age @ 0.. => age,
            _ => record.lifetime.map_or(0, |lifetime| policy.stale_after(lifetime)),
        };
        let mut live = Self::received(record, now.back(age));
        live.retry = retry;
        live
    }

    /// Takes over the attempts of other contexts that are noted in the same generation of the record.
    pub(super) fn merge(&mut self, record: &Record, now: Now) {
        self.record.pending = record.pending;
        self.record.failures = record.failures;
        if self.record.retry_at != record.retry_at {
            self.record.retry_at = record.retry_at;
            self.record.retry_in = record.retry_in;
            self.retry = retry_deadline(record, now);
        }
    }

    pub(super) fn session(&self) -> SessionId {
        self.record.stamp.session
    }

    pub(super) fn age(&self, now: Now) -> i64 {
        now.since(self.received)
    }

    pub(super) fn can_refresh(&self, now: Now) -> bool {
        self.record.refresh.is_some() && self.refresh_until.is_none_or(|until| self.age(now) < until)
    }

    pub(super) fn phase(&self, policy: &Policy, now: Now) -> Phase {
        policy.phase(self.record.lifetime, self.age(now))
    }
}

/// How long a token of SimpleJWT's `SlidingToken` can be refreshed, from its receipt on.
fn refresh_window(record: &Record) -> Option<i64> {
    if !record.slides() {
        return None;
    }
    let claims = Claims::of(&record.access);
    let after_expiry = (claims.refresh_exp? - claims.exp?) * 1000.0;
    Some(record.lifetime?.saturating_add(after_expiry as i64))
}

/// The back-off that a record asks for; a wall clock that was set back cannot stretch it.
fn retry_deadline(record: &Record, now: Now) -> Option<Deadline> {
    let longest = record.retry_in.unwrap_or(MAX_RETRY_AFTER).clamp(0, MAX_RETRY_AFTER);
    let delay = record.retry_at?.saturating_sub(now.wall).clamp(0, longest);
    Some(Deadline { set: now, delay })
}

/// What a program may know about the session: everything but the tokens.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) stamp: Stamp,
    /// All three in milliseconds since the Unix epoch by the local clock.
    pub(crate) received_at: i64,
    pub(crate) stale_at: Option<i64>,
    pub(crate) expires_at: Option<i64>,
}

impl State {
    /// Names the session; each sign-in makes a new one.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.stamp.session
    }

    /// Grows by one with each token pair of the session.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.stamp.generation
    }
}

/// The token in use with its lines: enough to decide about a request without asking the machine.
#[derive(Clone, Debug)]
pub struct Current {
    /// The token.
    pub token: Arc<Token>,
    received: Now,
    stale_after: i64,
    expired_after: i64,
}

impl Current {
    /// Whether both are one state of one session, or of none.
    #[must_use]
    pub fn is_same(one: Option<&Self>, other: Option<&Self>) -> bool {
        one.map(|current| Arc::as_ptr(&current.token)) == other.map(|current| Arc::as_ptr(&current.token))
    }

    /// Where the token stands in its life.
    #[must_use]
    pub fn phase(&self, now: Now) -> Phase {
        match now.since(self.received) {
            age if age >= self.expired_after => Phase::Expired,
            age if age >= self.stale_after => Phase::Stale,
            _ => Phase::Fresh,
        }
    }
}

impl Machine {
    /// The token in use; `None` while signed out or before the first read of the store.
    #[must_use]
    pub(crate) fn current(&self) -> Option<Current> {
        let live = self.live.as_ref()?;
        let (stale_after, expired_after) = match live.record.lifetime {
            Some(lifetime) => (self.policy.stale_after(lifetime), Policy::expired_after(lifetime)),
            None => (i64::MAX, i64::MAX),
        };
        Some(Current { token: Arc::clone(&live.token), received: live.received, stale_after, expired_after })
    }

    /// The ID token of the session, where it has one.
    pub(crate) fn id_token(&self) -> Option<&Secret> {
        self.live.as_ref()?.record.id_token.as_ref()
    }

    /// The session's state; `None` while signed out.
    #[must_use]
    pub(crate) fn state(&self) -> Option<State> {
        let live = self.live.as_ref()?;
        let begin = live.received.wall;
        let line = |age: fn(&Policy, i64) -> i64| {
            live.record.lifetime.map(|lifetime| begin.saturating_add(age(&self.policy, lifetime)))
        };
        Some(State {
            stamp: live.record.stamp,
            received_at: begin,
            stale_at: line(Policy::stale_after),
            expires_at: line(|_, lifetime| Policy::expired_after(lifetime)),
        })
    }

    /// Follows what the store holds. What is in memory never goes back to an older generation, and a session that
    /// ended here does not return.
    pub(super) fn integrate(&mut self, stored: Option<Box<Record>>, reason: SignOutReason, first: bool) {
        let Some(record) = stored.filter(|record| !self.has_ended(record.stamp.session)) else {
            if self.live.as_ref().is_some_and(|live| !live.unsaved) {
                self.end_session(reason);
            }
            return;
        };
        match &mut self.live {
            Some(live) if live.session() == record.stamp.session => {
                if record.stamp.generation < live.record.stamp.generation {
                    return;
                }
                if record.stamp.generation == live.record.stamp.generation {
                    return self.follow_attempts(&record);
                }
                // A refresh whose answer brought no usable token leaves the old one in use.
                let token =
                    Some(Arc::clone(&live.token)).filter(|token| record.failures > 0 && token.access == record.access);
                let generation = record.stamp.generation;
                let mut next = Live::stored(*record, &self.policy, self.now);
                match token {
                    Some(token) => {
                        next.token = token;
                        self.install(next);
                        self.tell_failure_elsewhere();
                    }
                    None => {
                        self.install(next);
                        self.emit(Event::Refreshed { generation });
                    }
                }
            }
            _ => {
                let live = Live::stored(*record, &self.policy, self.now);
                self.begin_session(live, !first);
            }
        }
    }

    /// Takes over what the record says about attempts. While this context holds the lock, nobody else has made any.
    fn follow_attempts(&mut self, record: &Record) {
        let Some(live) = self.live.as_mut().filter(|_| !self.refresh.as_ref().is_some_and(Refresh::holds_lock)) else {
            return;
        };
        let failed = record.failures > live.record.failures;
        live.merge(record, self.now);
        if failed {
            self.tell_failure_elsewhere();
        }
    }

    pub(super) fn tell_failure_elsewhere(&mut self) {
        let retry = self.live.as_ref().and_then(|live| live.retry.as_ref());
        let retry_in = Delay(retry.map_or(0, |retry| retry.remaining(self.now)));
        let error = Error::Unavailable { problem: Problem::FailedElsewhere, retry_after: Some(retry_in) };
        self.emit(Event::RefreshFailed { error, retry_in });
    }

    pub(super) fn has_ended(&self, session: SessionId) -> bool {
        self.ended.iter().any(|(ended, _)| *ended == session)
    }

    /// A session takes the place of whatever was there.
    pub(super) fn begin_session(&mut self, live: Box<Live>, announce: bool) {
        if self.live.is_some() {
            self.end_session(SignOutReason::Replaced);
        }
        let generation = live.record.stamp.generation;
        self.install(live);
        self.reactive = 0;
        if announce {
            self.emit(Event::SignedIn { generation });
        }
    }

    /// Puts a newer state of the session into use.
    pub(super) fn install(&mut self, live: Box<Live>) {
        self.live = Some(live);
        self.trouble = None;
        self.outdate_look();
    }

    /// Ends the session in memory; its waiters are answered by [`serve`](Self::serve).
    pub(super) fn end_session(&mut self, reason: SignOutReason) {
        let Some(live) = self.live.take() else { return };
        self.ended.push((live.session(), reason));
        self.trouble = None;
        self.outdate_look();
        self.emit(Event::SignedOut { reason });
    }

    /// A read that is under way may show what was before this change.
    fn outdate_look(&mut self) {
        if let Some(look) = &mut self.look {
            look.valid = !self.loaded;
        }
    }
}
