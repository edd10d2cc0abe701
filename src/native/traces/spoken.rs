//! With the feature `tracing`: targets `evertoken::session`, `evertoken::refresh`, `evertoken::store`, `evertoken::request`.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tracing::{
    Instrument, Span, debug, error,
    field::{Empty, display},
    info, info_span,
    instrument::Instrumented,
    warn,
};

use crate::core::{
    Error, Event, Now, Phase, SessionId, SignOutReason,
    machine::{Current, Job, Token},
};

/// What is known between one call and the next. Not locked while a subscriber is told something.
#[derive(Debug, Default)]
pub(in crate::native) struct Traces(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    session: Option<SessionId>,
    refresh: Option<Refresh>,
    /// The session's refreshes in a row that have failed.
    failures: u32,
}

/// A refresh that goes on.
#[derive(Debug)]
struct Refresh {
    job: Job,
    span: Span,
    begin: Instant,
    sent: bool,
    outcome: Option<&'static str>,
}

impl Traces {
    /// Another token is in use, or none. A session that ends is named by what is remembered of it.
    pub(in crate::native) fn published(&self, current: Option<&Current>) {
        let mut state = self.state();
        state.session = state.session.or(current.map(session));
    }

    /// A refresh asks for the lock. It belongs to nobody, so its span has no parent; it follows from who caused it.
    pub(in crate::native) fn began(&self, job: Job, current: Option<&Current>, now: Now) {
        let Some(current) = current else { return };
        let attempt = self.state().failures.saturating_add(1);
        let token = match current.phase(now) {
            Phase::Fresh => "fresh",
            Phase::Stale => "stale",
            Phase::Expired => "expired",
        };
        let span = info_span!(
            target: "evertoken::refresh", parent: None, "refresh",
            session = %session(current), generation = current.token.stamp.generation, token,
            attempt, outcome = Empty, duration_ms = Empty,
        );
        span.follows_from(Span::current());
        self.state().refresh = Some(Refresh { job, span, begin: Instant::now(), sent: false, outcome: None });
    }

    /// A request that may be the refresh's.
    pub(in crate::native) fn within<F: Future>(&self, job: Job, request: F) -> Instrumented<F> {
        let mut state = self.state();
        let refresh = state.refresh.as_mut().filter(|refresh| refresh.job == job);
        let span = refresh.map_or_else(Span::none, |refresh| {
            refresh.sent = true;
            refresh.span.clone()
        });
        request.instrument(span)
    }

    /// The refresh has given its lock back.
    pub(in crate::native) fn ended(&self, job: Job) {
        let mut state = self.state();
        let Some(refresh) = state.refresh.take_if(|refresh| refresh.job == job) else { return };
        state.failures = match refresh.outcome {
            Some("refreshed" | "adopted") => 0,
            Some(_) => state.failures.saturating_add(1),
            None => state.failures,
        };
        drop(state);
        refresh.span.record("outcome", refresh.outcome.unwrap_or("needless"));
        refresh.span.record("duration_ms", millis(refresh.begin.elapsed()));
    }

    pub(in crate::native) fn happened(&self, event: &Event, current: Option<&Current>) {
        let mut state = self.state();
        let id = match event {
            Event::SignedOut { .. } => state.session.take(),
            _ => {
                state.session = current.map(session).or(state.session);
                state.session
            }
        };
        if matches!(event, Event::SignedIn { .. }) {
            state.failures = 0;
        }
        let span = state.note(event);
        drop(state);
        span.in_scope(|| tell(event, id));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The refresh that an event is the outcome of, if one goes on.
    fn note(&mut self, event: &Event) -> Span {
        let Some(refresh) = &mut self.refresh else { return Span::none() };
        refresh.outcome = match event {
            Event::Refreshed { .. } if refresh.sent => Some("refreshed"),
            Event::Refreshed { .. } => Some("adopted"),
            Event::RefreshFailed { error, .. } => Some(error.code()),
            Event::SignedOut { reason } => Some(reason.code()),
            _ => refresh.outcome,
        };
        refresh.span.clone()
    }
}

fn session(current: &Current) -> SessionId {
    current.token.stamp.session
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn tell(event: &Event, session: Option<SessionId>) {
    let session = session.map(display);
    match event {
        Event::SignedIn { generation } => {
            info!(target: "evertoken::session", session, generation, "signed in");
        }
        Event::SignedOut { reason: reason @ (SignOutReason::Rejected | SignOutReason::Interrupted) } => {
            warn!(target: "evertoken::session", session, reason = reason.code(), "the server has ended the session");
        }
        Event::SignedOut { reason } => {
            info!(target: "evertoken::session", session, reason = reason.code(), "signed out");
        }
        Event::Refreshed { generation } => {
            debug!(target: "evertoken::refresh", session, generation, "refreshed");
        }
        Event::RefreshFailed { error: cause @ Error::Misconfigured { .. }, .. } => {
            error!(target: "evertoken::refresh", session, code = cause.code(), "{cause}");
        }
        Event::RefreshFailed { error: cause, retry_in } => {
            let retry_in_ms = millis((*retry_in).into());
            warn!(target: "evertoken::refresh", session, code = cause.code(), retry_in_ms, "{cause}");
        }
        Event::StoreFailed { error: cause } => {
            warn!(target: "evertoken::store", session, code = cause.code(), "{cause}");
        }
    }
}

/// A request goes out once more, after an answer with this status, with this token.
pub(in crate::native) fn sent_again(status: u16, token: &Token) {
    let (session, generation) = (token.stamp.session, token.stamp.generation);
    debug!(target: "evertoken::request", %session, generation, status, "sent again with a newer token");
}
