//! Callers who wait for a token, and when to refresh for them (R1, R7, Q3).

use std::sync::Arc;

use super::{
    IDLE_STEP, Machine, Need, OUTAGE_WAIT, Output, Reply, SHORTEST_BACKGROUND_LIFETIME, STEP, WAIT_LIMIT, WaiterId,
    state::Live,
};
use crate::core::{
    error::{Error, Problem},
    policy::{FLOOR, Phase},
    record::SessionId,
    time::Now,
};

#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) id: WaiterId,
    need: Need,
    /// The session it came under; a token of another one is not for it (R9).
    session: Option<SessionId>,
    /// How much the machine had lived when it came.
    since: i64,
}

enum Verdict {
    Answer(Result<Reply, Error>),
    /// Answered with the current token, and a refresh is due beside it.
    AnswerAndRefresh(Result<Reply, Error>),
    Wait,
    WaitForRefresh,
}

impl Machine {
    pub(super) fn enqueue(&mut self, now: Now, id: WaiterId, need: Need) {
        let need = match (need, &self.live) {
            (Need::Refresh, Some(live)) if live.age(now) < FLOOR => Need::Live,
            (Need::Refresh, Some(live)) => Need::Newer { than: live.record.stamp },
            (need, _) => need,
        };
        let session = self.live.as_ref().map(Live::session);
        self.waiters.push(Waiter { id, need, session, since: self.lived.total });
    }

    /// Answers every waiter that can be answered now, and starts a refresh where one is due.
    pub(super) fn serve(&mut self, now: Now) {
        let mut due = self.is_refresh_due(now);
        let mut reactive = false;
        let mut outputs = Vec::new();
        let mut waiters = std::mem::take(&mut self.waiters);
        waiters.retain_mut(|waiter| {
            waiter.session = waiter.session.or_else(|| self.live.as_ref().map(Live::session));
            let (answer, refresh) = match self.verdict(now, waiter) {
                Verdict::Answer(answer) => (Some(answer), false),
                Verdict::AnswerAndRefresh(answer) => (Some(answer), true),
                Verdict::Wait => (None, false),
                Verdict::WaitForRefresh => (None, true),
            };
            reactive |= refresh && matches!(waiter.need, Need::Newer { .. });
            due |= refresh;
            match answer {
                Some(answer) => outputs.push(Output::Answer(waiter.id, answer)),
                None => return true,
            }
            false
        });
        self.waiters = waiters;
        self.outputs.extend(outputs);
        if due && !self.closed {
            self.begin_refresh(now, reactive);
        }
    }

    fn verdict(&self, now: Now, waiter: &Waiter) -> Verdict {
        if self.closed {
            return Verdict::Answer(Err(Error::Closed));
        }
        let waited = self.lived.total.saturating_sub(waiter.since);
        if !self.loaded {
            return self.wait_or_give_up(waited);
        }
        let Some(live) = self.live.as_ref().filter(|live| waiter.session.is_none_or(|id| id == live.session())) else {
            return Verdict::Answer(Err(self.absence(waiter)));
        };
        let phase = live.phase(&self.policy, now);
        let can_refresh = live.record.refresh.is_some();
        let token = || Ok(Reply::Token(Arc::clone(&live.token)));
        let satisfied = match waiter.need {
            Need::Any => return Verdict::Answer(token()),
            Need::Live => phase != Phase::Expired,
            Need::Fresh => phase == Phase::Fresh || (phase == Phase::Stale && !can_refresh),
            Need::Newer { than } => live.record.stamp.generation > than.generation,
            Need::Refresh => false,
        };
        if satisfied {
            let due = phase == Phase::Stale && can_refresh;
            return if due { Verdict::AnswerAndRefresh(token()) } else { Verdict::Answer(token()) };
        }
        if !can_refresh {
            return Verdict::Answer(Err(Error::CannotRefresh));
        }
        let wait = self.gate(now, matches!(waiter.need, Need::Newer { .. }));
        match &self.trouble_with(live, now) {
            _ if self.refresh.is_some() => self.wait_or_give_up(waited),
            Some(_) if wait > 0 && waiter.need == Need::Fresh && phase == Phase::Stale => Verdict::Answer(token()),
            Some(error) if wait > 0 && !self.is_worth_waiting(waiter, error, waited + wait) => {
                Verdict::Answer(Err(error.clone()))
            }
            // A server that answers 401 to every new token is not asked for more of them.
            None if wait > FLOOR => Verdict::Answer(Err(unavailable(Problem::Status(401)))),
            _ if wait > 0 => self.wait_or_give_up(waited),
            _ => Verdict::WaitForRefresh,
        }
    }

    /// What stands in the way of a refresh: a failure here, or one that another context noted in the record.
    fn trouble_with(&self, live: &Live, now: Now) -> Option<Error> {
        let elsewhere = || {
            let wait = live.retry.as_ref().map(|retry| retry.remaining(now)).filter(|wait| *wait > 0)?;
            Some(Error::Unavailable { problem: Problem::FailedElsewhere, retry_after: Some(wait) })
        };
        self.trouble.clone().or_else(elsewhere)
    }

    /// Why there is no token for this waiter.
    fn absence(&self, waiter: &Waiter) -> Error {
        match (waiter.session, self.ended) {
            (Some(session), Some((ended, reason))) if session == ended => Error::Ended(reason),
            (Some(_), _) => Error::Ended(crate::core::SignOutReason::Replaced),
            (None, _) => Error::SignedOut,
        }
    }

    fn wait_or_give_up(&self, waited: i64) -> Verdict {
        if waited < WAIT_LIMIT {
            return Verdict::Wait;
        }
        Verdict::Answer(Err(self.trouble.clone().unwrap_or_else(|| unavailable(Problem::TimedOut))))
    }

    /// Whether a waiter sits out an outage: not with a 401 in its hands, not when somebody has to mend something,
    /// and not for long.
    fn is_worth_waiting(&self, waiter: &Waiter, error: &Error, wait_in_all: i64) -> bool {
        matches!(waiter.need, Need::Live | Need::Fresh)
            && matches!(error, Error::Unavailable { .. })
            && wait_in_all <= OUTAGE_WAIT
    }

    /// Milliseconds until a refresh may be sent: back-off, floor, and restraint after refreshes that cured no 401.
    pub(super) fn gate(&self, now: Now, reactive: bool) -> i64 {
        let doublings = if reactive { self.reactive.saturating_sub(2).min(6) } else { 0 };
        let floor = self.last_attempt.map_or(0, |last| (FLOOR << doublings).saturating_sub(now.since(last)));
        let retry = self.live.as_ref().and_then(|live| live.retry.as_ref());
        retry.map_or(0, |deadline| deadline.remaining(now)).max(floor).max(0)
    }

    /// Whether a refresh should start without anybody asking: an attempt was left over (R5), or a visible context's
    /// token is stale (R1).
    fn is_refresh_due(&self, now: Now) -> bool {
        self.next_refresh(now) == Some(0)
    }

    /// Milliseconds until the next refresh that nobody asks for.
    fn next_refresh(&self, now: Now) -> Option<i64> {
        let live = self.live.as_ref().filter(|live| live.record.refresh.is_some() && self.refresh.is_none())?;
        let gate = self.gate(now, false);
        if live.record.pending.is_some() {
            return Some(gate);
        }
        let lifetime = live.record.lifetime.filter(|lifetime| *lifetime >= SHORTEST_BACKGROUND_LIFETIME)?;
        let stale_in = self.policy.stale_after(lifetime).saturating_sub(live.age(now)).max(0);
        self.visible.then_some(stale_in.max(gate))
    }

    /// The longest the driver may sleep before [`Input::Tick`](super::Input::Tick), in milliseconds; `None` when
    /// only another input can change anything.
    #[must_use]
    pub fn wake_in(&self, now: Now) -> Option<i64> {
        if self.closed {
            return None;
        }
        let background = self.next_refresh(now).map(|delay| delay.min(IDLE_STEP));
        if self.waiters.is_empty() {
            return background;
        }
        let reactive = self.waiters.iter().all(|waiter| matches!(waiter.need, Need::Newer { .. }));
        let retry = Some(self.gate(now, reactive)).filter(|gate| *gate > 0 && self.refresh.is_none());
        [background, retry, Some(STEP)].into_iter().flatten().min()
    }
}

fn unavailable(problem: Problem) -> Error {
    Error::Unavailable { problem, retry_after: None }
}
