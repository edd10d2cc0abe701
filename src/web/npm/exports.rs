//! What `pkg/src/core.js` calls. It checks the options itself, because it has the browser's own parser of URLs.

use alloc::{boxed::Box, string::String, vec, vec::Vec};
use core::cell::Cell;

use super::{
    imports::{self, optional, say, say_optional},
    page::Page,
};
use crate::{
    core::{
        Claims, Phase, Secret, SessionId,
        backend::{Credentials, CustomBackend, Grant},
        machine::{Input, Job, Need, WaiterId},
        record::Stamp,
    },
    driver::{Platform, Session},
    send::Exclusive,
    web::results::Report,
};

static INSTANCE: Instance = Instance { session: Cell::new(None), inbox: Exclusive::new(Vec::new()) };

struct Instance {
    session: Cell<Option<&'static Session<Page>>>,
    /// The texts that have been handed over.
    inbox: Exclusive<Vec<Vec<u8>>>,
}

// SAFETY: WebAssembly without threads runs on one.
unsafe impl Sync for Instance {}

/// Room for a text that is handed over, in UTF-8.
#[unsafe(no_mangle)]
extern "C" fn text(size: usize) -> *mut u8 {
    let mut text = vec![0; size];
    let start = text.as_mut_ptr();
    INSTANCE.inbox.lock().push(text);
    start
}

pub(super) fn texts() -> impl Iterator<Item = Secret> {
    let texts = core::mem::take(&mut *INSTANCE.inbox.lock());
    // SAFETY: what core.js hands over was written by a TextEncoder, in UTF-8.
    texts.into_iter().map(|text| unsafe { String::from_utf8_unchecked(text) }.into())
}

/// Starts the session. Texts: the backend, as `backend::custom::compiled` reads it.
#[unsafe(no_mangle)]
extern "C" fn start(refresh_ahead: f64) {
    let backend = Box::new(CustomBackend::compiled(texts()));
    let session = Session::start(Page::default(), backend, (refresh_ahead * 1000.0) as i64, true);
    INSTANCE.session.set(Some(Box::leak(Box::new(session))));
}

/// Takes in a result of `js/host.js`. Text: what came, where anything did.
#[unsafe(no_mangle)]
extern "C" fn deliver(kind: u32, job: u32, ok: bool, status: f64, date: f64, retry_after: f64) {
    let text = texts().next();
    let report = Report { kind, job: Job(job), ok, text, status, date, retry_after };
    with(|session| {
        let page = session.platform();
        if let Some(input) = page.writes.input(page, report) {
            session.handle(input);
        }
    });
}

/// The hot path: 0 signed out, 1 fresh, 2 stale, 3 expired.
#[unsafe(no_mangle)]
extern "C" fn phase() -> u32 {
    let mut phase = 0;
    with(|session| {
        let page = session.platform();
        phase = match page.current.lock().as_ref().map(|current| current.phase(page.now())) {
            None => 0,
            Some(Phase::Fresh) => 1,
            Some(Phase::Stale) => 2,
            Some(Phase::Expired) => 3,
        };
    });
    phase
}

/// Answers with a bearer; the needs are counted as in tokens.js.
#[unsafe(no_mangle)]
extern "C" fn want(waiter: u32, need: u32) {
    let need = match need {
        0 => Need::Any,
        1 => Need::Live,
        2 => Need::Fresh,
        _ => Need::Refresh,
    };
    ask(Input::Want { waiter: name(waiter), need });
}

/// Answers with a newer bearer than this one.
#[unsafe(no_mangle)]
extern "C" fn newer(waiter: u32, session: u64, generation: f64) {
    let than = Stamp { session: SessionId::new(session), generation: generation as u64 };
    ask(Input::Want { waiter: name(waiter), need: Need::Newer { than } });
}

/// A resource has handed out a new token in answer to this bearer. Text: the token.
#[unsafe(no_mangle)]
extern "C" fn offer(session: u64, generation: f64) {
    let than = Stamp { session: SessionId::new(session), generation: generation as u64 };
    ask(Input::Offered { than, access: texts().next().unwrap_or_default() });
}

/// Text: the credentials, a JSON object.
#[unsafe(no_mangle)]
extern "C" fn sign_in(waiter: u32) {
    let credentials = Credentials::checked(texts().next().unwrap_or_default());
    ask(Input::SignIn { waiter: name(waiter), credentials });
}

/// Texts: the access token, the ID token or nothing and, where there is one, the refresh token, as session.js has checked
/// them. `expires_in` is not a number where nobody knows.
#[unsafe(no_mangle)]
extern "C" fn adopt(waiter: u32, expires_in: f64) {
    let mut texts = texts();
    let access = texts.next();
    let id_token = texts.next().filter(|token| !token.expose().is_empty());
    let lifetime = Some(expires_in).filter(|seconds| seconds.is_finite());
    let tokens = Grant { access, refresh: texts.next(), lifetime, id_token, ..Grant::default() };
    ask(Input::Adopt { waiter: name(waiter), tokens });
}

#[unsafe(no_mangle)]
extern "C" fn sign_out(waiter: u32) {
    ask(Input::SignOut { waiter: name(waiter) });
}

/// Hands over the ID token, if there is one, and the state, unless nobody is signed in.
#[unsafe(no_mangle)]
extern "C" fn state() {
    with(|session| {
        let Some(state) = session.state() else { return };
        say_optional(session.id_token().as_ref().map(Secret::expose));
        if let Some(current) = &*session.platform().current.lock() {
            let claims = Claims::decode(current.token.access.expose()).ok();
            say(claims.as_ref().map_or("null", Claims::payload));
        }
        imports::state(
            state.stamp.session.number(),
            state.stamp.generation as f64,
            state.received_at as f64,
            optional(state.stale_at),
            optional(state.expires_at),
        );
    });
}

#[unsafe(no_mangle)]
extern "C" fn close() {
    ask(Input::Close);
}

fn name(waiter: u32) -> WaiterId {
    WaiterId(waiter.into())
}

fn ask(input: Input) {
    with(|session| session.handle(input));
}

fn with(use_session: impl FnOnce(&Session<Page>)) {
    if let Some(session) = INSTANCE.session.get() {
        use_session(session);
    }
}
