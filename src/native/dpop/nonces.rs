//! What servers say about proofs, and the nonces that they give (RFC 9449 sections 8 and 9).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use reqwest::{
    Response, StatusCode, Url,
    header::{HeaderMap, WWW_AUTHENTICATE},
};

use crate::core::{http::HttpAnswer, json::Value};

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

/// The last nonce of each origin. A server that gave none is sent none.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<HashMap<String, String>>);

impl Nonces {
    pub(super) fn of(&self, url: &Url) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&origin(url)).cloned()
    }

    /// Takes the nonce that comes with an answer, good or bad. A server that calls a proof invalid and gives no nonce may
    /// have none any more, and not understand an old one.
    pub(super) fn take(&self, url: &Url, nonce: Option<String>, refusal: Option<Refusal>) {
        let mut nonces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(nonce) = nonce {
            nonces.insert(origin(url), nonce);
        } else if refusal == Some(Refusal::Invalid) {
            nonces.remove(&origin(url));
        }
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The nonce that comes with an answer.
pub(super) fn nonce_in(headers: &HeaderMap) -> Option<String> {
    headers.get("dpop-nonce")?.to_str().ok().map(String::from)
}

/// Whether a resource refuses the proof, not the token.
pub(super) fn refused_by_resource(response: &Response) -> Option<Refusal> {
    let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    if response.status() == StatusCode::UNAUTHORIZED { challenges.filter_map(refusal).next() } else { None }
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
