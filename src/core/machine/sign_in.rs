//! Signing in with credentials, and adopting a token pair (S1).

use alloc::boxed::Box;

use super::{Job, Machine, Output, Reply, WaiterId, state::Live};
use crate::core::{
    backend::{Credentials, Grant, Outcome, without_answer},
    error::{Error, Problem, StoreError},
    event::Hint,
    http::{HttpAnswer, TransportError},
    jwt::{Claims, TokenKind},
    lifetime::{Receipt, Timing},
    record::{Basis, Record, Saved, SessionId, Stamp, Write},
    secret::Secret,
    time::Now,
};

/// A sign-in under way.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(super) struct SignIn {
    pub(super) job: Job,
    waiter: WaiterId,
    /// When it began, and its request left.
    sent: Now,
    /// The tokens are issued for this sign-in and end with it; adopted ones are the caller's.
    issued: bool,
    /// The session it may replace: the one that was there when it began (R9).
    basis: Basis,
    /// The session that waits to become durable.
    next: Option<Box<Live>>,
}

impl Machine {
    pub(super) fn start_sign_in(&mut self, waiter: WaiterId, credentials: &Credentials) {
        let Some(request) = self.backend.sign_in(credentials) else {
            return self.answer(waiter, Err(Error::SignInUnsupported));
        };
        let job = self.supersede(waiter, true);
        self.outputs.push(Output::Send(job, request));
    }

    pub(super) fn start_adoption(&mut self, waiter: WaiterId, tokens: Grant) {
        // Whoever hands over an access token twice has most likely mixed them up; a server that issues one for both has not.
        let doubled = tokens.refresh.as_ref().filter(|refresh| tokens.access.as_ref() == Some(*refresh));
        if let Some(Err(error)) = doubled.map(|token| expect_kind(token, TokenKind::Refresh)) {
            return self.answer(waiter, Err(error));
        }
        match self.new_session(tokens, None) {
            Ok(next) => {
                self.supersede(waiter, false);
                self.store_session(next);
            }
            Err(error) => self.answer(waiter, Err(error)),
        }
    }

    pub(super) fn sign_in_answered(&mut self, answer: Result<HttpAnswer, TransportError>) {
        let Some(sign_in) = &self.sign_in else { return };
        let receipt = self.receipt(sign_in.sent, answer.as_ref().ok().and_then(|answer| answer.date));
        let outcome = match &answer {
            Ok(answer) => self.backend.read_sign_in(answer),
            Err(error) => {
                if *error == TransportError::TimedOut {
                    self.expect_late_sign_in();
                }
                without_answer(*error)
            }
        };
        let next = match outcome {
            Outcome::Granted(grant) => self.new_session(grant, Some(&receipt)),
            Outcome::Rejected { status } => Err(Error::CredentialsRefused { status }),
            Outcome::Transient { problem, retry_after, .. } => Err(Error::Unavailable { problem, retry_after }),
            Outcome::Misconfigured(problem) => Err(Error::Misconfigured { problem }),
        };
        match next {
            Ok(next) => self.store_session(next),
            Err(error) => self.end_sign_in(Err(error)),
        }
    }

    pub(super) fn sign_in_saved(&mut self, outcome: Result<Saved, StoreError>) {
        let Some(sign_in) = &mut self.sign_in else { return };
        let issued = sign_in.issued;
        let Some(mut next) = sign_in.next.take() else { return };
        match outcome {
            Ok(Saved::Lost) => {
                self.look(crate::core::SignOutReason::Replaced);
                self.revoke_orphan(issued.then(|| next.record.tokens()));
                return self.end_sign_in(Err(Error::Superseded));
            }
            Ok(Saved::Written) => {
                self.store_trouble = None;
                self.stored = Some(next.session());
                self.outputs.push(Output::Announce(Hint::Changed));
            }
            Err(error) => {
                (next.unsaved, next.private) = (true, true);
                self.store_failed(error);
            }
        }
        // A look may have seen the new record, and even its end, before its write was confirmed.
        let known = self.live.as_ref().is_some_and(|live| live.session() == next.session());
        if !known && !self.has_ended(next.session()) {
            self.begin_session(next, true);
        }
        self.end_sign_in(Ok(Reply::SignedIn));
    }

    /// Makes room for a new sign-in; one that is still under way comes too late.
    fn supersede(&mut self, waiter: WaiterId, issued: bool) -> Job {
        self.abandon_sign_in();
        let job = self.next_job();
        self.sign_in =
            Some(SignIn { job, waiter, sent: self.now, issued, basis: Basis::Session(self.stored), next: None });
        job
    }

    /// Gives up a sign-in that waits for its answer.
    pub(super) fn abandon_sign_in(&mut self) {
        self.expect_late_sign_in();
        self.end_sign_in(Err(Error::Superseded));
    }

    /// The sign-in under way ends without its answer; tokens that still come are nobody's.
    fn expect_late_sign_in(&mut self) {
        self.abandoned.extend(self.sign_in.as_ref().map(|sign_in| sign_in.job));
    }

    /// An answer to a sign-in that was given up: nobody needs the session.
    pub(super) fn abandoned_answered(&mut self, answer: Result<HttpAnswer, TransportError>) {
        if let Ok(Outcome::Granted(grant)) = answer.map(|answer| self.backend.read_sign_in(&answer)) {
            self.revoke_orphan(Some(grant.tokens()));
        }
    }

    /// Whether a new session is being written; commands wait until it is known who is signed in.
    pub(super) fn is_storing_sign_in(&self) -> bool {
        self.sign_in.as_ref().is_some_and(|sign_in| sign_in.next.is_some())
    }

    fn store_session(&mut self, next: Box<Live>) {
        let Some(sign_in) = &mut self.sign_in else { return };
        self.outputs.push(Output::Save(sign_in.job, Write::put(&next.record, sign_in.basis)));
        sign_in.next = Some(next);
    }

    fn end_sign_in(&mut self, reply: Result<Reply, Error>) {
        if let Some(sign_in) = self.sign_in.take() {
            self.answer(sign_in.waiter, reply);
        }
    }

    /// A new session, once its tokens are what they are said to be (T4). Without a receipt they were issued at an unknown
    /// moment.
    fn new_session(&self, tokens: Grant, receipt: Option<&Receipt>) -> Result<Box<Live>, Error> {
        let Some(access) = tokens.access else {
            return Err(Error::Misconfigured { problem: Problem::NoAccessToken });
        };
        let claims = expect_kind(&access, TokenKind::Access)?;
        // A token may be its own refresh token, whatever it says.
        if let Some(refresh) = tokens.refresh.as_ref().filter(|refresh| **refresh != access) {
            expect_kind(refresh, TokenKind::Refresh)?;
        }
        let timing = match receipt {
            Some(receipt) => Timing::issued(&claims, tokens.lifetime, receipt, None),
            None => Timing::adopted(&claims, tokens.lifetime, self.now),
        };
        let record = Record {
            stamp: Stamp { session: SessionId::new(self.entropy), generation: 1 },
            server: self.server.clone(),
            access,
            refresh: tokens.refresh,
            id_token: tokens.id_token,
            key: tokens.key,
            received: timing.received.wall,
            lifetime: timing.lifetime,
            skew: timing.skew,
            pending: None,
            failures: 0,
            retry_at: None,
            retry_in: None,
        };
        Ok(Live::received(record, timing.received))
    }
}

/// The claims of a token, unless it says itself that it is of the other kind. An opaque token says nothing.
fn expect_kind(token: &Secret, expected: TokenKind) -> Result<Claims, Error> {
    let claims = Claims::of(token);
    match claims.kind {
        Some(kind) if kind != expected => Err(Error::WrongTokenKind { expected }),
        _ => Ok(claims),
    }
}
