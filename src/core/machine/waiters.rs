//! Callers who wait for a token, and when to refresh for them (R1, R7, Q3).

use alloc::sync::Arc;

use super::{
    IDLE_STEP, Machine, Need, OUTAGE_WAIT, RESTRAINT, Reply, SHORTEST_BACKGROUND_LIFETIME, STEP, WAIT_LIMIT, WaiterId,
    state::Live,
};
use crate::core::{
    error::{Error, Problem, StoreError, StoreProblem},
    policy::{FLOOR, Phase},
    record::{SessionId, Stamp},
    time::{Delay, Now},
};

#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(super) struct Waiter {
    pub(super) id: WaiterId,
    need: Need,
    /// The session it came under; a token of another one is not for it (R9).
    session: Option<SessionId>,
    /// A token that is older than the one it needs.
    than: Option<Stamp>,
    /// How much the machine had lived when it came.
    since: i64,
    /// Refreshes that brought a token while it waited.
    renewals: u8,
}

impl Waiter {
    /// It comes under the session that is there, or that is there when the store has been read.
    fn meet(&mut self, live: &Live, now: Now) {
        if self.session.is_some() {
            return;
        }
        self.session = Some(live.session());
        if self.need == Need::Refresh && live.age(now) < FLOOR {
            self.need = Need::Live;
        }
        self.than = Some(live.token.stamp);
    }
}

enum Verdict {
    Answer(Result<Reply, Error>),
    /// Answered with the current token, and a refresh is due beside it.
    AnswerAndRefresh(Result<Reply, Error>),
    Wait,
    WaitForRefresh,
}

impl Machine {
    pub(super) fn enqueue(&mut self, id: WaiterId, need: Need) {
        let than = if let Need::Newer { than } = need { Some(than) } else { None };
        let session = than.map(|than| than.session);
        let mut waiter = Waiter { id, need, session, than, since: self.lived, renewals: 0 };
        if let Some(live) = &self.live {
            waiter.meet(live, self.now);
        }
        self.waiters.push(waiter);
    }

    /// Answers every waiter that can be answered now, and starts a refresh where one is due.
    pub(super) fn serve(&mut self) {
        let mut due = self.is_refresh_due() || self.offer.is_some();
        let mut reactive = false;
        for mut waiter in core::mem::take(&mut self.waiters) {
            if let Some(live) = &self.live {
                waiter.meet(live, self.now);
            }
            waiter.renewals = waiter.renewals.saturating_add(self.renewed.into());
            let (answer, refresh) = match self.verdict(&waiter) {
                Verdict::Answer(answer) => (Some(answer), false),
                Verdict::AnswerAndRefresh(answer) => (Some(answer), true),
                Verdict::Wait => (None, false),
                Verdict::WaitForRefresh => (None, true),
            };
            reactive |= refresh && matches!(waiter.need, Need::Newer { .. });
            due |= refresh;
            match answer {
                Some(answer) => self.answer(waiter.id, answer),
                None => self.waiters.push(waiter),
            }
        }
        self.renewed = false;
        if due && !self.closed {
            self.begin_refresh(reactive);
        }
    }

    fn verdict(&self, waiter: &Waiter) -> Verdict {
        if self.closed {
            return Verdict::Answer(Err(Error::Closed));
        }
        let waited = self.lived.saturating_sub(waiter.since);
        if !self.loaded {
            return self.wait_or_give_up(waited);
        }
        let Some(live) = self.live.as_ref().filter(|live| waiter.session.is_none_or(|id| id == live.session())) else {
            return Verdict::Answer(Err(self.absence(waiter)));
        };
        let phase = live.phase(&self.policy, self.now);
        let can_refresh = live.can_refresh(self.now);
        let token = || Ok(Reply::Token(Arc::clone(&live.token)));
        // A server whose tokens are over on arrival has no better ones.
        let is_alive = phase != Phase::Expired || waiter.renewals > 1;
        let is_newer = waiter.than.is_some_and(|than| live.token.stamp.generation > than.generation);
        let satisfied = match waiter.need {
            Need::Any => return Verdict::Answer(token()),
            Need::Live => is_alive,
            Need::Fresh => phase == Phase::Fresh || (phase == Phase::Stale && !can_refresh) || waiter.renewals > 1,
            Need::Newer { .. } | Need::Refresh => is_newer && is_alive,
        };
        if satisfied {
            let due = phase == Phase::Stale && can_refresh;
            return if due { Verdict::AnswerAndRefresh(token()) } else { Verdict::Answer(token()) };
        }
        if !can_refresh {
            return Verdict::Answer(Err(Error::CannotRefresh));
        }
        let wait = self.gate(matches!(waiter.need, Need::Newer { .. }));
        match &self.trouble_with(live) {
            _ if self.refresh.is_some() => self.wait_or_give_up(waited),
            Some(_) if wait > 0 && waiter.need == Need::Fresh && phase == Phase::Stale => Verdict::Answer(token()),
            Some(error) if wait > 0 && !self.is_worth_waiting(waiter, error, waited + wait) => {
                Verdict::Answer(Err(*error))
            }
            // A server that answers 401 to every new token is not asked for more of them.
            None if wait > FLOOR => {
                let problem = Problem::Status(401);
                Verdict::Answer(Err(Error::Unavailable { problem, retry_after: Some(Delay(wait)) }))
            }
            _ if wait > 0 => self.wait_or_give_up(waited),
            _ => Verdict::WaitForRefresh,
        }
    }

    /// What stands in the way of a refresh: a failure here, or one that another context noted in the record.
    fn trouble_with(&self, live: &Live) -> Option<Error> {
        let elsewhere = || {
            let wait = live.retry.as_ref().map(|retry| retry.remaining(self.now)).filter(|wait| *wait > 0)?;
            Some(Error::Unavailable { problem: Problem::FailedElsewhere, retry_after: Some(Delay(wait)) })
        };
        self.trouble.or_else(elsewhere)
    }

    /// Why there is no token for this waiter.
    fn absence(&self, waiter: &Waiter) -> Error {
        let Some(session) = waiter.session else { return Error::SignedOut };
        let ended = self.ended.iter().find(|(ended, _)| *ended == session);
        Error::Ended(ended.map_or(crate::core::SignOutReason::Replaced, |(_, reason)| *reason))
    }

    fn wait_or_give_up(&self, waited: i64) -> Verdict {
        if waited < WAIT_LIMIT {
            return Verdict::Wait;
        }
        let slow = match &self.refresh {
            Some(refresh) if refresh.is_sending() => unavailable(Problem::TimedOut),
            _ => Error::Store(StoreError::new(StoreProblem::TimedOut)),
        };
        Verdict::Answer(Err(self.trouble.unwrap_or(slow)))
    }

    /// Whether a waiter sits out an outage: not with a 401 in its hands, not when somebody has to mend something,
    /// and not for long.
    fn is_worth_waiting(&self, waiter: &Waiter, error: &Error, wait_in_all: i64) -> bool {
        matches!(waiter.need, Need::Live | Need::Fresh)
            && matches!(error, Error::Unavailable { .. })
            && wait_in_all <= OUTAGE_WAIT
    }

    /// Milliseconds until a refresh may be sent: back-off, floor, and restraint after refreshes that cured no 401.
    pub(super) fn gate(&self, reactive: bool) -> i64 {
        let doublings = if reactive { self.restraint().saturating_sub(2).min(6) } else { 0 };
        let floor = self.last_attempt.map_or(0, |last| (FLOOR << doublings).saturating_sub(self.now.since(last)));
        let retry = self.live.as_ref().and_then(|live| live.retry.as_ref());
        retry.map_or(0, |deadline| deadline.remaining(self.now)).max(floor).max(0)
    }

    /// Refreshes in a row that cured no 401; a token that has lasted for a while is held to its credit.
    pub(super) fn restraint(&self) -> u32 {
        let lasted = self.last_attempt.map_or(0, |last| self.now.since(last) / RESTRAINT);
        self.reactive.saturating_sub(u32::try_from(lasted).unwrap_or(u32::MAX))
    }

    /// Whether a refresh should start without anybody asking: an attempt was left over (R5), or a visible context's
    /// token is stale (R1).
    fn is_refresh_due(&self) -> bool {
        self.next_refresh() == Some(0)
    }

    /// Milliseconds until the next refresh that nobody asks for.
    fn next_refresh(&self) -> Option<i64> {
        let live = self.live.as_ref().filter(|live| live.can_refresh(self.now) && self.refresh.is_none())?;
        let gate = self.gate(false);
        // A left-over attempt is taken up once by anybody, and then like every other.
        if live.record.pending.is_some() && (self.visible || live.record.retry_at.is_none()) {
            return Some(gate);
        }
        let lifetime = live.record.lifetime.filter(|lifetime| *lifetime >= SHORTEST_BACKGROUND_LIFETIME)?;
        let stale_in = self.policy.stale_after(lifetime).saturating_sub(live.age(self.now)).max(0);
        // What can be renewed only while it lives is not left to a time when somebody looks.
        (self.visible || self.policy.while_hidden && live.record.slides()).then_some(stale_in.max(gate))
    }

    /// The longest the driver may sleep before [`Input::Tick`](super::Input::Tick), in milliseconds; `None` when
    /// only another input can change anything.
    #[must_use]
    pub(crate) fn wake_in(&self) -> Option<i64> {
        if self.closed {
            return None;
        }
        let background = self.next_refresh().map(|delay| delay.min(IDLE_STEP));
        if self.waiters.is_empty() {
            return background;
        }
        let reactive = self.waiters.iter().all(|waiter| matches!(waiter.need, Need::Newer { .. }));
        let retry = Some(self.gate(reactive)).filter(|gate| *gate > 0 && self.refresh.is_none());
        [background, retry, Some(STEP)].into_iter().flatten().min()
    }
}

fn unavailable(problem: Problem) -> Error {
    Error::Unavailable { problem, retry_after: None }
}
