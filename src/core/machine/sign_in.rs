//! Signing in with credentials, and adopting a token pair (S1).

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
pub(super) struct SignIn {
    pub(super) job: Job,
    waiter: WaiterId,
    /// The session it may replace: the one that was there when it began (R9).
    basis: Basis,
    /// The session that waits to become durable.
    next: Option<Live>,
}

impl Machine {
    pub(super) fn start_sign_in(&mut self, waiter: WaiterId, credentials: &Credentials) {
        let Some(request) = self.backend.sign_in(credentials) else {
            return self.answer(waiter, Err(Error::SignInUnsupported));
        };
        let job = self.supersede(waiter);
        self.outputs.push_back(Output::Send(job, request));
    }

    pub(super) fn start_adoption(&mut self, now: Now, entropy: u128, waiter: WaiterId, tokens: Grant) {
        let record = new_session(entropy, tokens, |claims, expires_in| Timing::adopted(claims, expires_in, now, None));
        match record {
            Ok(next) => {
                self.supersede(waiter);
                self.store_session(next);
            }
            Err(error) => self.answer(waiter, Err(error)),
        }
    }

    pub(super) fn sign_in_answered(
        &mut self,
        entropy: u128,
        answer: Result<HttpAnswer, TransportError>,
        receipt_of: impl Fn(Option<i64>) -> Receipt,
    ) {
        let (outcome, date) = match &answer {
            Ok(answer) => (self.backend.read_sign_in(answer), answer.date),
            Err(error) => (without_answer(*error), None),
        };
        let receipt = receipt_of(date);
        let next = match outcome {
            Outcome::Granted(grant) => {
                new_session(entropy, grant, |claims, expires_in| Timing::issued(claims, expires_in, &receipt, None))
            }
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
        let Some(mut next) = self.sign_in.as_mut().and_then(|sign_in| sign_in.next.take()) else { return };
        match outcome {
            Ok(Saved::Lost) => {
                self.look(crate::core::SignOutReason::Replaced);
                return self.end_sign_in(Err(Error::Superseded));
            }
            Ok(Saved::Written) => {
                self.store_trouble = None;
                self.outputs.push_back(Output::Announce(Hint::Changed));
            }
            Err(error) => {
                next.unsaved = true;
                self.store_failed(error);
            }
        }
        self.begin_session(next, true);
        self.end_sign_in(Ok(Reply::SignedIn));
    }

    /// Makes room for a new sign-in; one that is still under way comes too late.
    fn supersede(&mut self, waiter: WaiterId) -> Job {
        self.end_sign_in(Err(Error::Superseded));
        let present = self.live.as_ref().map(Live::session);
        // A sign-out that is still being written leaves a record that this sign-in may replace.
        let basis = Basis::Session(present.or(self.ended.map(|(session, _)| session)));
        let job = self.next_job();
        self.sign_in = Some(SignIn { job, waiter, basis, next: None });
        job
    }

    fn store_session(&mut self, next: Live) {
        let Some(sign_in) = &mut self.sign_in else { return };
        self.outputs.push_back(Output::Save(sign_in.job, Write::put(&next.record, sign_in.basis)));
        sign_in.next = Some(next);
    }

    fn end_sign_in(&mut self, reply: Result<Reply, Error>) {
        if let Some(sign_in) = self.sign_in.take() {
            self.answer(sign_in.waiter, reply);
        }
    }
}

/// The first record of a new session, once its tokens are what they are said to be (T4).
fn new_session(
    entropy: u128,
    tokens: Grant,
    timing: impl Fn(Option<&Claims>, Option<f64>) -> Timing,
) -> Result<Live, Error> {
    let Some(access) = tokens.access else {
        return Err(Error::Misconfigured { problem: Problem::NoAccessToken });
    };
    let claims = expect_kind(&access, TokenKind::Access)?;
    if let Some(refresh) = &tokens.refresh {
        expect_kind(refresh, TokenKind::Refresh)?;
    }
    let timing = timing(claims.as_ref(), tokens.expires_in);
    let record = Record {
        stamp: Stamp { session: SessionId::new(entropy), generation: 1 },
        access,
        refresh: tokens.refresh,
        received: timing.received.wall,
        lifetime: timing.lifetime,
        skew: timing.skew,
        pending: None,
        failures: 0,
        retry_at: None,
    };
    Ok(Live::received(record, timing.received))
}

/// The claims of a token, unless it says itself that it is of the other kind. An opaque token says nothing.
fn expect_kind(token: &Secret, expected: TokenKind) -> Result<Option<Claims>, Error> {
    let claims = Claims::decode(token.expose()).ok();
    match claims.as_ref().and_then(|claims| claims.kind) {
        Some(kind) if kind != expected => Err(Error::WrongTokenKind { expected }),
        _ => Ok(claims),
    }
}
