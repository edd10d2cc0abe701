//! A token server that speaks SimpleJWT's wire format on virtual time. Its rotation is strict: the second
//! presentation of a refresh token ends the session.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::core::{
    http::{HttpAnswer, HttpRequest, TransportError},
    json::Value,
    jwt::{Claims, TokenKind, tests::jwt},
    time::Delay,
};

/// The server's clock at the beginning of virtual time, in milliseconds since the Unix epoch.
pub(super) const EPOCH: i64 = 1_700_000_000_000;

/// How a request goes wrong.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// It never leaves.
    Unreachable,
    /// The connection breaks before the server has seen it.
    Cut,
    /// The server acts on it, then the connection breaks.
    LostAnswer,
    /// The server acts on it, and nothing comes back within the time limit.
    Silence,
    /// Something answers in the server's place.
    Says(HttpAnswer),
    /// The server acts on it; this is what arrives.
    Garbles(HttpAnswer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SignIn,
    Refresh,
    Revoke,
}

/// A request that reached the server or what stands in its place.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) at: i64,
    pub(super) kind: Kind,
    /// The refresh token that it carried.
    pub(super) token: String,
}

/// A refresh token.
struct Issued {
    family: usize,
    spent: Option<i64>,
}

pub(super) struct Server {
    /// Of an access token, in seconds.
    pub(super) lifetime: i64,
    pub(super) rotation: bool,
    /// For so many milliseconds a used refresh token is forgiven.
    pub(super) grace: i64,
    /// There and back, in milliseconds.
    pub(super) latency: i64,
    /// Whether answers carry a readable `Date`.
    pub(super) date: bool,
    /// One for each refresh request to come.
    pub(super) faults: VecDeque<Fault>,
    /// For every request, as long as it is set.
    pub(super) outage: Option<Fault>,
    pub(super) calls: Vec<Call>,
    pub(super) presented_twice: u32,
    issued: HashMap<String, Issued>,
    /// The user of each session.
    families: Vec<String>,
    ended: HashSet<usize>,
    serial: u64,
}

impl Server {
    pub(super) fn new() -> Self {
        Self {
            lifetime: 300,
            rotation: true,
            grace: 0,
            latency: 100,
            date: false,
            faults: VecDeque::new(),
            outage: None,
            calls: Vec::new(),
            presented_twice: 0,
            issued: HashMap::new(),
            families: Vec::new(),
            ended: HashSet::new(),
            serial: 0,
        }
    }

    /// A request arrives. `None` means that no answer ever comes.
    pub(super) fn answer(&mut self, now: i64, request: &HttpRequest) -> Option<Result<HttpAnswer, TransportError>> {
        let kind = kind(request);
        let fault = match kind {
            Kind::Refresh => self.faults.pop_front(),
            _ => None,
        };
        match fault.or_else(|| self.outage.clone()) {
            Some(Fault::Unreachable) => Some(Err(TransportError::Unreachable)),
            Some(Fault::Cut) => Some(Err(TransportError::Interrupted)),
            Some(Fault::LostAnswer) => {
                self.act(now, kind, request);
                Some(Err(TransportError::Interrupted))
            }
            Some(Fault::Silence) => {
                self.act(now, kind, request);
                None
            }
            Some(Fault::Says(answer)) => {
                self.note(now, kind, request);
                Some(Ok(answer))
            }
            Some(Fault::Garbles(answer)) => {
                self.act(now, kind, request);
                Some(Ok(answer))
            }
            None => Some(Ok(self.act(now, kind, request))),
        }
    }

    fn note(&mut self, at: i64, kind: Kind, request: &HttpRequest) -> String {
        let token = refresh_token(request);
        self.calls.push(Call { at, kind, token: token.clone() });
        token
    }

    fn act(&mut self, now: i64, kind: Kind, request: &HttpRequest) -> HttpAnswer {
        let token = self.note(now, kind, request);
        let mut answer = match kind {
            Kind::SignIn => self.sign_in(now, request),
            Kind::Refresh => self.refresh(now, &token),
            Kind::Revoke => self.revoke(&token),
        };
        answer.date = self.date.then_some((EPOCH + now).div_euclid(1000) * 1000);
        answer
    }

    fn sign_in(&mut self, now: i64, request: &HttpRequest) -> HttpAnswer {
        let body = request.body.as_ref().and_then(|body| Value::parse(body.expose())).expect("a JSON body");
        if body.text("password") != Some("secret".into()) {
            return HttpAnswer::new(401, r#"{"detail":"No active account found with the given credentials"}"#);
        }
        let (access, refresh) = self.new_session(now, body.text("username").expect("a user name").expose());
        pair(&access, Some(&refresh))
    }

    /// Begins a session for `user`.
    pub(super) fn new_session(&mut self, now: i64, user: &str) -> (String, String) {
        self.families.push(user.into());
        let family = self.families.len() - 1;
        (self.access(now, family), self.successor(now, family))
    }

    fn refresh(&mut self, now: i64, token: &str) -> HttpAnswer {
        let (grace, rotation) = (self.grace, self.rotation);
        let Some(issued) = self.issued.get_mut(token) else { return not_valid() };
        let family = issued.family;
        if issued.spent.is_some_and(|at| now - at >= grace) {
            self.presented_twice += 1;
            self.ended.insert(family);
        }
        if self.ended.contains(&family) {
            return not_valid();
        }
        if rotation {
            issued.spent.get_or_insert(now);
        }
        let refresh = rotation.then(|| self.successor(now, family));
        pair(&self.access(now, family), refresh.as_deref())
    }

    fn revoke(&mut self, token: &str) -> HttpAnswer {
        match self.issued.get(token) {
            Some(issued) if self.ended.insert(issued.family) => HttpAnswer::new(200, "{}"),
            _ => not_valid(),
        }
    }

    fn access(&mut self, now: i64, family: usize) -> String {
        self.token(now, "access", self.lifetime, family)
    }

    fn successor(&mut self, now: i64, family: usize) -> String {
        let token = self.token(now, "refresh", 86_400, family);
        self.issued.insert(token.clone(), Issued { family, spent: None });
        token
    }

    fn token(&mut self, now: i64, kind: &str, lifetime: i64, family: usize) -> String {
        self.serial += 1;
        let (iat, serial, user) = ((EPOCH + now).div_euclid(1000), self.serial, &self.families[family]);
        let exp = iat + lifetime;
        jwt(&format!(r#"{{"token_type":"{kind}","exp":{exp},"iat":{iat},"jti":"{serial}","user_id":"{user}"}}"#))
    }

    /// Whether a request with this access token is let in, by the server's clock and to the millisecond.
    pub(super) fn admits(&self, now: i64, access: &str) -> bool {
        let exp = Claims::decode(access).expect("an access token").exp.expect("an expiry");
        ((EPOCH + now) as f64) < exp * 1000.0
    }

    pub(super) fn count(&self, kind: Kind) -> usize {
        self.calls.iter().filter(|call| call.kind == kind).count()
    }

    /// Milliseconds between the refresh requests.
    pub(super) fn refresh_gaps(&self) -> Vec<i64> {
        let at: Vec<_> = self.calls.iter().filter(|call| call.kind == Kind::Refresh).map(|call| call.at).collect();
        at.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Sessions that still have a refresh token which works.
    pub(super) fn live_sessions(&self) -> usize {
        self.families.len() - self.ended.len()
    }
}

pub(super) fn kind(request: &HttpRequest) -> Kind {
    match request.url.expose().rsplit('/').nth(1) {
        Some("refresh") => Kind::Refresh,
        Some("blacklist") => Kind::Revoke,
        _ => Kind::SignIn,
    }
}

/// The refresh token in a request's body; empty when there is none.
pub(super) fn refresh_token(request: &HttpRequest) -> String {
    let body = request.body.as_ref().and_then(|body| Value::parse(body.expose()));
    body.and_then(|body| Some(body.text("refresh")?.expose().into())).unwrap_or_default()
}

/// The refresh token in an answer.
pub(super) fn successor(answer: &HttpAnswer) -> Option<String> {
    let body = Value::parse(answer.body.expose()).filter(|_| answer.status == 200)?;
    let token = body.text("refresh")?;
    let kind = Claims::decode(token.expose()).ok()?.kind;
    (kind == Some(TokenKind::Refresh)).then(|| token.expose().into())
}

/// SimpleJWT's refusal of a refresh token.
pub(super) fn not_valid() -> HttpAnswer {
    HttpAnswer::new(401, r#"{"detail":"Token is blacklisted","code":"token_not_valid"}"#)
}

/// An answer that grants tokens.
pub(super) fn pair(access: &str, refresh: Option<&str>) -> HttpAnswer {
    let refresh = refresh.map(|token| format!(r#","refresh":"{token}""#)).unwrap_or_default();
    HttpAnswer::new(200, &format!(r#"{{"access":"{access}"{refresh}}}"#))
}

/// An answer that asks to come back later.
pub(super) fn retry_after(status: u16, ms: i64) -> Fault {
    Fault::Says(HttpAnswer { retry_after: Some(Delay(ms)), ..HttpAnswer::new(status, "") })
}

/// The page of something that is not the server.
pub(super) fn html(status: u16) -> Fault {
    Fault::Says(HttpAnswer::new(status, "<html>Sign in to the Wi-Fi</html>"))
}
