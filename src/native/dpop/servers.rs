//! What servers say about proofs (RFC 9449 sections 5, 7, 8 and 9).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use reqwest::{
    StatusCode, Url,
    header::{HeaderMap, WWW_AUTHENTICATE},
};

use super::proof::now;
use crate::{
    core::{http::HttpAnswer, json::Value},
    native::{exchange::Answer, transport::http_date},
};

/// Clocks that differ by less, in milliseconds, are no reason to refuse a proof.
const TOLERANCE: u64 = 5_000;

const CHALLENGE: &str = "use_dpop_nonce";
const INVALID: &str = "invalid_dpop_proof";

/// Why a proof is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It needs another nonce.
    Challenge,
    /// Something is wrong with it.
    Invalid,
}

/// What is known of a server.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Its last nonce. A server that gave none is sent none.
    pub(super) nonce: Option<String>,
    /// Its clock minus ours, where the session has that wrong, because a clock was set since it was measured.
    skew: Option<i64>,
}

impl Known {
    /// The skew, where the session's is `measured`.
    pub(super) fn skew(&self, measured: i64) -> i64 {
        self.skew.unwrap_or(measured)
    }

    /// Whether a proof says something else now.
    pub(super) fn differs(&self, other: &Self, measured: i64) -> bool {
        self.nonce != other.nonce || self.skew(measured).abs_diff(other.skew(measured)) > TOLERANCE
    }
}

/// What is known of the server at each origin.
#[derive(Debug, Default)]
pub(super) struct Servers(Mutex<HashMap<String, Known>>);

impl Servers {
    pub(super) fn of(&self, url: &Url) -> Known {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&origin(url)).cloned().unwrap_or_default()
    }

    /// Takes what comes with an answer, good or bad. A server that calls a proof invalid may have no nonces any more; and
    /// where it does not tell its time, ours is the next best guess after the session's.
    pub(super) fn take(&self, url: &Url, said: Said, refusal: Option<Refusal>) {
        let mut servers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = servers.entry(origin(url)).or_default();
        if refusal == Some(Refusal::Invalid) {
            let guess = if known.skew.is_none() { Some(0) } else { None };
            *known = Known { nonce: None, skew: said.date.map(|date| date.saturating_sub(now())).or(guess) };
        }
        known.nonce = said.nonce.or(known.nonce.take());
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// What an answer says beside itself.
pub(super) struct Said {
    nonce: Option<String>,
    date: Option<i64>,
}

impl Said {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        Self { nonce: text("dpop-nonce").map(String::from), date: text("date").and_then(http_date) }
    }
}

/// Whether a resource refuses the proof, not the token.
pub(super) fn refused_by_resource(answer: &impl Answer) -> Option<Refusal> {
    let challenges = answer.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    if answer.status() == StatusCode::UNAUTHORIZED { challenges.filter_map(refusal).next() } else { None }
}

fn refusal(challenge: &str) -> Option<Refusal> {
    match challenge {
        challenge if challenge.contains(CHALLENGE) => Some(Refusal::Challenge),
        challenge if challenge.contains(INVALID) => Some(Refusal::Invalid),
        _ => None,
    }
}

/// Whether a token endpoint refuses the proof.
pub(super) fn refused_by_endpoint(answer: &HttpAnswer) -> Option<Refusal> {
    match text_in(answer, "error").as_deref() {
        Some(CHALLENGE) => Some(Refusal::Challenge),
        Some(INVALID) => Some(Refusal::Invalid),
        _ => None,
    }
}

/// Whether a token endpoint answers with a token of another type.
pub(super) fn is_unbound(answer: &HttpAnswer) -> bool {
    let token_type = text_in(answer, "token_type").filter(|_| (200..300).contains(&answer.status));
    token_type.is_some_and(|name| !name.eq_ignore_ascii_case("dpop"))
}

fn text_in(answer: &HttpAnswer, name: &str) -> Option<String> {
    Some(Value::parse(answer.body.expose())?.text(name)?.expose().into())
}
