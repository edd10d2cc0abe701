//! Signing out: the local record first, then the server's revocation, best effort (S1).

use alloc::{vec, vec::Vec};

use super::{Job, Machine, Output, Reply, WaiterId};
use crate::core::{
    backend::Tokens,
    error::{Error, Problem, StoreError},
    event::{Hint, Revocation, SignOutReason},
    http::{HttpAnswer, TransportError},
    record::{Basis, Saved, SessionId, Write},
};

/// A sign-out under way. The session has ended in memory already.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(super) struct SignOut {
    job: Job,
    waiters: Vec<WaiterId>,
    session: SessionId,
    /// What to revoke.
    tokens: Option<Tokens>,
    stage: Stage,
    /// The session never reached the store: there is nothing to remove.
    private: bool,
    cleared: Result<(), StoreError>,
}

#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(Clone, Hash))]
enum Stage {
    Clearing,
    /// A refresh of the session was under way: its answer brings the token to revoke; the present one is consumed.
    AwaitingRefresh,
    Revoking,
}

impl Machine {
    pub(super) fn start_sign_out(&mut self, waiter: WaiterId) {
        self.abandon_sign_in();
        if let Some(sign_out) = self.sign_out.as_mut().filter(|_| self.live.is_none()) {
            return sign_out.waiters.push(waiter);
        }
        let Some(live) = &self.live else {
            return self.answer(waiter, Ok(Reply::SignedOut(Revocation::NotSupported)));
        };
        let (session, tokens, private) = (live.session(), Some(live.record.tokens()), live.private);
        self.abandon_sign_out();
        self.end_session(SignOutReason::SignedOutHere);
        let job = self.next_job();
        let stage = Stage::Clearing;
        self.sign_out = Some(SignOut { job, waiters: vec![waiter], session, tokens, stage, private, cleared: Ok(()) });
        self.outputs.push(Output::Save(job, Write::clear(Basis::Session(Some(session)))));
    }

    pub(super) fn sign_out_saved(&mut self, job: Job, outcome: Result<Saved, StoreError>) {
        let Some(sign_out) = self.sign_out.as_mut().filter(|sign_out| sign_out.job == job) else { return };
        self.outputs.push(Output::Announce(Hint::Ended(SignOutReason::SignedOutHere)));
        if matches!(outcome, Ok(Saved::Written)) {
            self.stored = None;
        }
        if !sign_out.private {
            sign_out.cleared = outcome.map(|_| ());
        }
        let refreshing = self.is_sending_refresh();
        let Some(sign_out) = &mut self.sign_out else { return };
        if refreshing {
            sign_out.stage = Stage::AwaitingRefresh;
        } else {
            self.revoke();
        }
    }

    /// The refresh that was under way for an ended session is over; `successor` is what it brought.
    pub(super) fn refresh_settled(&mut self, session: Option<SessionId>, successor: Option<Tokens>) {
        match self.sign_out.as_mut().filter(|sign_out| Some(sign_out.session) == session) {
            Some(sign_out) if sign_out.stage != Stage::Revoking => {
                sign_out.tokens = match (successor, sign_out.tokens.take()) {
                    (Some(new), Some(old)) => Some(new.over(old)),
                    (new, old) => new.or(old),
                };
                if sign_out.stage == Stage::AwaitingRefresh {
                    self.revoke();
                }
            }
            _ => self.revoke_orphan(successor),
        }
    }

    /// Revokes tokens that came for a session that is gone; nobody waits for the outcome.
    pub(super) fn revoke_orphan(&mut self, tokens: Option<Tokens>) {
        if let Some(request) = tokens.and_then(|tokens| self.backend.sign_out(&tokens)) {
            let job = self.next_job();
            self.outputs.push(Output::Send(job, request));
        }
    }

    fn revoke(&mut self) {
        let Some(sign_out) = &mut self.sign_out else { return };
        match sign_out.tokens.take().and_then(|tokens| self.backend.sign_out(&tokens)) {
            Some(request) => {
                sign_out.stage = Stage::Revoking;
                self.outputs.push(Output::Send(sign_out.job, request));
            }
            None => self.end_sign_out(Revocation::NotSupported),
        }
    }

    pub(super) fn sign_out_answered(&mut self, job: Job, answer: Result<HttpAnswer, TransportError>) {
        if self.sign_out.as_ref().is_none_or(|sign_out| sign_out.job != job) {
            return;
        }
        let outcome = match answer {
            Ok(answer) => self.backend.read_sign_out(&answer),
            Err(error) => Err(Error::Unavailable { problem: error.problem(), retry_after: None }),
        };
        self.end_sign_out(outcome.map_or_else(Revocation::Failed, |()| Revocation::Done));
    }

    /// A second session was signed in and out before the first one's revocation ended.
    fn abandon_sign_out(&mut self) {
        let unrevoked = self.sign_out.as_mut().and_then(|sign_out| sign_out.tokens.take());
        self.revoke_orphan(unrevoked);
        let abandoned = Error::Unavailable { problem: Problem::TimedOut, retry_after: None };
        self.end_sign_out(Revocation::Failed(abandoned));
    }

    fn end_sign_out(&mut self, revocation: Revocation) {
        let Some(sign_out) = self.sign_out.take() else { return };
        for waiter in sign_out.waiters {
            let cleared = sign_out.cleared.map_err(Error::Store);
            self.answer(waiter, cleared.map(|()| Reply::SignedOut(revocation)));
        }
    }

    /// Whether a refresh of the session that is being signed out has been sent and not been answered.
    fn is_sending_refresh(&self) -> bool {
        let session = self.sign_out.as_ref().map(|sign_out| sign_out.session);
        debug_assert!(
            self.live.as_ref().map(|live| live.session()) != session,
            "a session signs out after it ended in memory"
        );
        self.sent_refresh_session().is_some_and(|sent| Some(sent) == session)
    }
}
