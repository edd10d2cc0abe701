//! Who is signed in: session families under strict rotation. No clock and no HTTP here: the time comes in as Unix seconds.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::jwt::{Claims, Kind, Signer, random_id};

const REFRESH_LIFETIME: u64 = 24 * 60 * 60;

/// The users, each with its name as its password; `user_id` is the place in this list, counted from 1.
const USERS: [&str; 3] = ["demo", "alice", "bob"];

/// An access token and the refresh token that comes with it.
#[derive(Serialize)]
pub(crate) struct Pair {
    pub(crate) refresh: String,
    pub(crate) access: String,
}

/// Why a token or a password is refused; the text is SimpleJWT's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Credentials,
    Invalid,
    WrongType,
    Expired,
    Blacklisted,
}

impl Refused {
    pub(crate) fn detail(self) -> &'static str {
        match self {
            Self::Credentials => "No active account found with the given credentials",
            Self::Invalid => "Token is invalid",
            Self::WrongType => "Token has wrong type",
            Self::Expired => "Token is expired",
            Self::Blacklisted => "Token is blacklisted",
        }
    }
}

/// What has been counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counters {
    /// Sign-ins that were granted.
    pub sign_ins: u64,
    /// Refreshes that were granted.
    pub refreshes: u64,
    /// How often a refresh token came that had come before.
    pub presented_twice: u64,
    /// Sessions that ended because a refresh token of theirs was presented twice.
    pub sessions_ended: u64,
    /// Protected requests that were answered with 200.
    pub requests_ok: u64,
    /// Protected requests that were answered with 401.
    pub requests_unauthorized: u64,
}

struct Session {
    /// The place in `USERS`.
    user: usize,
    /// No refresh is granted any more: signed out, or a refresh token was presented twice.
    ended: bool,
    /// The `jti` of each refresh token that has been used.
    presented: HashSet<String>,
    /// The access tokens that the server still takes, by `jti`, each with its expiry.
    access: HashMap<String, u64>,
}

pub(crate) struct Sessions {
    signer: Signer,
    access_lifetime: u64,
    by_id: HashMap<String, Session>,
    pub(crate) counters: Counters,
}

impl Sessions {
    pub(crate) fn new(access_lifetime: u64) -> Self {
        Self { signer: Signer::new(), access_lifetime, by_id: HashMap::new(), counters: Counters::default() }
    }

    /// Access tokens that are issued from now on live this long.
    pub(crate) fn set_access_lifetime(&mut self, seconds: u64) {
        self.access_lifetime = seconds;
    }

    pub(crate) fn access_lifetime(&self) -> u64 {
        self.access_lifetime
    }

    pub(crate) fn sign_in(&mut self, now: u64, user: &str, password: &str) -> Result<Pair, Refused> {
        let user = USERS.iter().position(|known| *known == user && *known == password);
        let user = user.ok_or(Refused::Credentials)?;
        let session = Session { user, ended: false, presented: HashSet::new(), access: HashMap::new() };
        let id = random_id();
        self.by_id.insert(id.clone(), session);
        self.counters.sign_ins += 1;
        Ok(self.issue(now, id))
    }

    /// Grants a refresh once for each refresh token. The second presentation tells that two clients hold the token, so the
    /// session ends with all of its tokens.
    pub(crate) fn refresh(&mut self, now: u64, token: &str) -> Result<Pair, Refused> {
        let claims = self.check(now, token, Kind::Refresh)?;
        let session = self.by_id.get_mut(&claims.sid).ok_or(Refused::Invalid)?;
        if !session.presented.insert(claims.jti) {
            self.counters.presented_twice += 1;
            self.counters.sessions_ended += u64::from(!session.ended);
            session.ended = true;
            session.access.clear();
        }
        if session.ended {
            return Err(Refused::Blacklisted);
        }
        self.counters.refreshes += 1;
        Ok(self.issue(now, claims.sid))
    }

    /// Signs out as SimpleJWT does: no refresh any more, while access tokens live on until they expire.
    pub(crate) fn blacklist(&mut self, now: u64, token: &str) -> Result<(), Refused> {
        let claims = self.unused(now, token)?;
        self.by_id.entry(claims.sid).and_modify(|session| session.ended = true);
        Ok(())
    }

    /// Whether a token of either kind is good.
    pub(crate) fn verify(&self, now: u64, token: &str) -> Result<(), Refused> {
        match self.user(now, token) {
            Err(Refused::WrongType) => self.unused(now, token).map(drop),
            outcome => outcome.map(drop),
        }
    }

    /// The user whose access token came with a protected request.
    pub(crate) fn authorize(&mut self, now: u64, token: Option<&str>) -> Result<&'static str, Refused> {
        let user = token.ok_or(Refused::Invalid).and_then(|token| self.user(now, token));
        match user {
            Ok(_) => self.counters.requests_ok += 1,
            Err(_) => self.counters.requests_unauthorized += 1,
        }
        user
    }

    /// Every access token issued so far is refused from now on; refresh tokens live on.
    pub(crate) fn expire_access_tokens(&mut self) {
        for session in self.by_id.values_mut() {
            session.access.clear();
        }
    }

    fn user(&self, now: u64, token: &str) -> Result<&'static str, Refused> {
        let claims = self.check(now, token, Kind::Access)?;
        let session = self.by_id.get(&claims.sid).ok_or(Refused::Invalid)?;
        let known = session.access.contains_key(&claims.jti);
        known.then_some(USERS[session.user]).ok_or(Refused::Invalid)
    }

    fn unused(&self, now: u64, token: &str) -> Result<Claims, Refused> {
        let claims = self.check(now, token, Kind::Refresh)?;
        let session = self.by_id.get(&claims.sid).ok_or(Refused::Invalid)?;
        let used = session.ended || session.presented.contains(&claims.jti);
        if used { Err(Refused::Blacklisted) } else { Ok(claims) }
    }

    fn check(&self, now: u64, token: &str, kind: Kind) -> Result<Claims, Refused> {
        let claims = self.signer.verify(token).ok_or(Refused::Invalid)?;
        if now >= claims.exp {
            Err(Refused::Expired)
        } else if claims.token_type != kind {
            Err(Refused::WrongType)
        } else {
            Ok(claims)
        }
    }

    fn issue(&mut self, now: u64, sid: String) -> Pair {
        let session = self.by_id.get_mut(&sid).expect("tokens are issued for known sessions only");
        let claims = |token_type, lifetime| Claims {
            token_type,
            exp: now + lifetime,
            iat: now,
            jti: random_id(),
            user_id: (session.user + 1).to_string(),
            name: USERS[session.user].to_owned(),
            sid: sid.clone(),
        };
        let refresh = claims(Kind::Refresh, REFRESH_LIFETIME);
        let access = claims(Kind::Access, self.access_lifetime);
        session.access.retain(|_, exp| now < *exp);
        session.access.insert(access.jti.clone(), access.exp);
        Pair { refresh: self.signer.sign(&refresh), access: self.signer.sign(&access) }
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
