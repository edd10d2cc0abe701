//! A token endpoint and an API that take bound tokens (RFC 9449), and the proofs that reached them.

use std::sync::{Arc, Mutex};

use axum::{
    Json,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use evertoken::{Client, DpopKey, Grant, Session};
use serde_json::{Value, json};

use super::api::{Api, Seen};

/// What a test decides about the servers.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The nonces that the token endpoint and the API demand.
    pub(crate) token_nonce: Option<&'static str>,
    pub(crate) api_nonce: Option<&'static str>,
    /// The API's nonce from its next good answer on.
    pub(crate) next_nonce: Option<&'static str>,
    /// No nonce is ever good enough.
    pub(crate) insatiable: bool,
    pub(crate) token_type: &'static str,
    /// What the token endpoint answers instead.
    pub(crate) error: Option<&'static str>,
    /// An access token that is not good any more.
    pub(crate) revoked: &'static str,
    /// The servers' `Date`, where it is not the real one, and the same in seconds, where proofs must be of that minute.
    pub(crate) date: Option<&'static str>,
    pub(crate) clock: Option<i64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            token_nonce: None,
            api_nonce: None,
            next_nonce: None,
            insatiable: false,
            token_type: "DPoP",
            error: None,
            revoked: "",
            date: None,
            clock: None,
        }
    }
}

/// The claims of the proof that came with a request.
pub(crate) fn claims(seen: &Seen) -> Value {
    part(seen, 1)
}

/// The public key in it.
pub(crate) fn key_in(seen: &Seen) -> Value {
    part(seen, 0)["jwk"].clone()
}

fn part(seen: &Seen, at: usize) -> Value {
    let proof = seen.header(HeaderName::from_static("dpop"));
    let Some(part) = proof.split('.').nth(at).filter(|part| !part.is_empty()) else { return Value::Null };
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The nonces of the proofs that came with these requests.
pub(crate) fn nonces(seen: &[Seen]) -> Vec<Option<String>> {
    seen.iter().map(|seen| claims(seen)["nonce"].as_str().map(String::from)).collect()
}

pub(crate) struct Bound {
    pub(crate) api: Api,
    pub(crate) rules: Arc<Mutex<Rules>>,
    pub(crate) key: DpopKey,
}

impl Bound {
    pub(crate) async fn start(rules: Rules) -> Self {
        let rules = Arc::new(Mutex::new(rules));
        let script = Arc::clone(&rules);
        let issued = Mutex::new(1);
        let api = Api::start(move |seen| {
            let mut rules = script.lock().unwrap();
            let mut response = match seen.path.as_str() {
                "/token" => token(seen, &rules, &mut issued.lock().unwrap()),
                "/items" => items(seen, &mut rules),
                _ => return None,
            };
            if let Some(date) = rules.date {
                response.headers_mut().insert(header::DATE, date.parse().unwrap());
            }
            Some(response)
        })
        .await;
        Self { api, rules, key: DpopKey::generate().unwrap() }
    }

    /// `access-1` and `refresh-1`, bound to the key.
    pub(crate) fn pair(&self) -> Grant {
        Grant::pair("access-1", Some("refresh-1")).unwrap().bound_to(&self.key)
    }

    /// A client of a session with these tokens.
    pub(crate) async fn client(&self, tokens: Grant) -> Client {
        let session = self.session().await;
        session.adopt(tokens).await.unwrap();
        Client::new(session)
    }

    pub(crate) async fn session(&self) -> Session {
        self.api.builder().background_refresh(false).build().await.unwrap()
    }

    /// The status of a request to the API.
    pub(crate) async fn ask(&self, client: &Client) -> u16 {
        client.get(self.api.url("/items?page=2")).send().await.unwrap().status().as_u16()
    }

    pub(crate) fn rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.rules.lock().unwrap());
    }
}

fn token(seen: &Seen, rules: &Rules, issued: &mut u32) -> Response {
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let nonce = claims(seen)["nonce"].as_str().map(String::from);
    match refusal(seen, rules, rules.token_nonce, nonce.as_deref()) {
        Some((error, nonce)) => with_nonce(refuse(error), nonce),
        None => match rules.error {
            Some(error) => refuse(error),
            None => {
                *issued += 1;
                let (access, refresh) = (format!("access-{issued}"), format!("refresh-{issued}"));
                let answer = json!({
                    "access_token": access, "refresh_token": refresh, "expires_in": 3600, "token_type": rules.token_type,
                });
                Json(answer).into_response()
            }
        },
    }
}

fn items(seen: &Seen, rules: &mut Rules) -> Response {
    let refuse = |error: &str| {
        let challenge = format!(r#"DPoP error="{error}", algs="ES256""#);
        (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
    };
    let nonce = claims(seen)["nonce"].as_str().map(String::from);
    if let Some((error, nonce)) = refusal(seen, rules, rules.api_nonce, nonce.as_deref()) {
        return with_nonce(refuse(error), nonce);
    }
    if seen.authorization().strip_prefix("DPoP ").is_none_or(|token| token == rules.revoked) {
        return refuse("invalid_token");
    }
    let next = rules.next_nonce.take();
    rules.api_nonce = next.or(rules.api_nonce);
    with_nonce("ok".into_response(), next.map(String::from))
}

/// What is wrong with a proof, and the nonce that it needs.
fn refusal(
    seen: &Seen,
    rules: &Rules,
    demanded: Option<&str>,
    nonce: Option<&str>,
) -> Option<(&'static str, Option<String>)> {
    let claims = claims(seen);
    if rules.insatiable {
        return Some(("use_dpop_nonce", Some(format!("{}+", nonce.unwrap_or_default()))));
    }
    let is_late = |clock: i64| claims["iat"].as_i64().is_none_or(|iat| (iat - clock).abs() > 60);
    if rules.clock.is_some_and(is_late) {
        return Some(("invalid_dpop_proof", None));
    }
    if claims.is_null() || claims["htm"] != seen.method.as_str() || (nonce.is_some() && demanded.is_none()) {
        return Some(("invalid_dpop_proof", None));
    }
    (nonce != demanded).then(|| ("use_dpop_nonce", demanded.map(String::from)))
}

fn with_nonce(mut response: Response, nonce: Option<String>) -> Response {
    if let Some(nonce) = nonce {
        response.headers_mut().insert("dpop-nonce", nonce.parse().unwrap());
    }
    response
}
