//! A token server with rotation and reuse detection, and the codec that speaks to it in as few words as possible.

use std::sync::{Arc, LazyLock};

use crate::core::{
    backend::{Backend, Credentials, Fate, Grant, Outcome, Tokens},
    error::Problem,
    http::{HttpAnswer, HttpRequest, TransportError},
    machine::tests::rig::SECOND,
    origin::Endpoint,
    record::{Record, SessionId},
    secret::Secret,
};

/// What an access token lives, in milliseconds.
pub(crate) const LIFETIME: i64 = 300 * SECOND;

/// A pair of tokens by its number: its texts are `a7` and `r7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pair(pub(crate) u8);

/// A signed-in identity at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Family(pub(crate) u8);

impl Pair {
    /// The pair that a record holds.
    pub(crate) fn of(record: &Record) -> Self {
        Self::refresh(record.refresh.as_ref().expect("a refresh token"))
    }

    pub(crate) fn access(token: &Secret) -> Self {
        Self(token.expose().strip_prefix('a').expect("an access token").parse().expect("a number"))
    }

    pub(crate) fn refresh(token: &Secret) -> Self {
        Self(token.expose().strip_prefix('r').expect("a refresh token").parse().expect("a number"))
    }

    pub(crate) fn grant(self) -> Grant {
        let Self(number) = self;
        Grant {
            access: Some(format!("a{number}").into()),
            refresh: Some(format!("r{number}").into()),
            lifetime: Some((LIFETIME / SECOND) as f64),
            ..Grant::default()
        }
    }
}

impl From<Pair> for u8 {
    fn from(Pair(number): Pair) -> Self {
        number
    }
}

impl From<Family> for u8 {
    fn from(Family(number): Family) -> Self {
        number
    }
}

impl Family {
    /// The random bits with which a sign-in of this family is named.
    pub(crate) fn entropy(self) -> u64 {
        u64::from(self.0) << 32 | ENTROPY
    }

    pub(crate) fn session(self) -> SessionId {
        SessionId::new(self.entropy())
    }
}

/// The low half decides about jitter and back-off: the middle.
pub(crate) const ENTROPY: u64 = 1 << 31;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Errand {
    SignIn,
    Refresh(Pair),
    Revoke(Pair),
}

impl Errand {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let token = || Pair::refresh(request.body.as_ref().expect("a token"));
        match request.url.expose() {
            "sign-in" => Self::SignIn,
            "refresh" => Self::Refresh(token()),
            _ => Self::Revoke(token()),
        }
    }
}

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    Granted(Pair),
    Revoked,
    /// The refresh token is dead.
    Refused,
    /// 503, not from the server itself.
    Busy,
    /// The connection breaks.
    Cut,
    TimedOut,
}

impl Answer {
    pub(crate) fn delivered(self) -> Result<HttpAnswer, TransportError> {
        match self {
            Self::Granted(Pair(number)) => Ok(HttpAnswer::new(200, &number.to_string())),
            Self::Revoked => Ok(HttpAnswer::new(200, "")),
            Self::Refused => Ok(HttpAnswer::new(401, "")),
            Self::Busy => Ok(HttpAnswer::new(503, "")),
            Self::Cut => Err(TransportError::Interrupted),
            Self::TimedOut => Err(TransportError::TimedOut),
        }
    }
}

/// A refresh token's life.
#[derive(Clone, Debug, Hash)]
struct Issued {
    family: Family,
    parent: Option<Pair>,
    /// When it was presented first.
    spent: Option<i64>,
}

/// What a server does when a consumed token is presented again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reuse {
    /// It ends the family.
    Ends,
    /// It refuses the token, and its successor goes on.
    IsRefused,
    /// It forgives for so many milliseconds; after that it ends the family.
    IsForgiven(i64),
}

#[derive(Clone, Debug, Hash)]
pub(crate) struct Server {
    reuse: Reuse,
    /// By their numbers. Copied when it changes.
    issued: Arc<Vec<Issued>>,
    ended: Vec<bool>,
}

impl Server {
    pub(crate) fn new(reuse: Reuse) -> Self {
        Self { reuse, issued: Arc::default(), ended: Vec::new() }
    }

    pub(crate) fn act(&mut self, now: i64, errand: Errand) -> Answer {
        match errand {
            Errand::SignIn => Answer::Granted(self.new_family()),
            Errand::Refresh(pair) => self.refresh(now, pair),
            Errand::Revoke(pair) => {
                let Family(family) = self.family(pair);
                self.ended[usize::from(family)] = true;
                Answer::Revoked
            }
        }
    }

    pub(crate) fn new_family(&mut self) -> Pair {
        self.ended.push(false);
        self.issue(Family(self.ended.len() as u8 - 1), None)
    }

    fn refresh(&mut self, now: i64, pair: Pair) -> Answer {
        let family = self.family(pair);
        let issued = &mut Arc::make_mut(&mut self.issued)[usize::from(pair.0)];
        let ended = &mut self.ended[usize::from(family.0)];
        if let Some(first) = issued.spent {
            match self.reuse {
                Reuse::IsForgiven(grace) if now - first < grace => {}
                Reuse::IsRefused => return Answer::Refused,
                Reuse::Ends | Reuse::IsForgiven(_) => *ended = true,
            }
        }
        issued.spent.get_or_insert(now);
        if *ended {
            return Answer::Refused;
        }
        Answer::Granted(self.issue(family, Some(pair)))
    }

    fn issue(&mut self, family: Family, parent: Option<Pair>) -> Pair {
        let issued = Arc::make_mut(&mut self.issued);
        issued.push(Issued { family, parent, spent: None });
        Pair(issued.len() as u8 - 1)
    }

    pub(crate) fn family(&self, pair: Pair) -> Family {
        self.issued[usize::from(pair.0)].family
    }

    /// The family whose sign-in was named like this.
    pub(crate) fn named(&self, session: SessionId) -> Option<Family> {
        (0..self.ended.len() as u8).map(Family).find(|family| family.session() == session)
    }

    /// Whether a pair can still be refreshed.
    pub(crate) fn is_good(&self, pair: Pair) -> bool {
        let Family(family) = self.family(pair);
        !self.ended[usize::from(family)] && self.issued[usize::from(pair.0)].spent.is_none()
    }

    /// The pairs that had to be given away for this one, nearest first.
    pub(crate) fn ancestors(&self, pair: Pair) -> impl Iterator<Item = Pair> {
        let parent = |pair: &Pair| self.issued[usize::from(pair.0)].parent;
        std::iter::successors(parent(&pair), parent)
    }
}

/// The wire format of the model.
#[derive(Debug)]
pub(crate) struct Codec;

impl Backend for Codec {
    fn endpoint(&self) -> &Endpoint {
        static NOWHERE: LazyLock<Endpoint> = LazyLock::new(|| Endpoint::checked(""));
        &NOWHERE
    }

    fn sign_in(&self, _: &Credentials) -> Option<HttpRequest> {
        Some(request("sign-in", None))
    }

    fn refresh(&self, tokens: &Tokens) -> HttpRequest {
        request("refresh", tokens.refresh.as_ref())
    }

    fn sign_out(&self, tokens: &Tokens) -> Option<HttpRequest> {
        tokens.refresh.as_ref().map(|refresh| request("revoke", Some(refresh)))
    }

    fn read_sign_in(&self, answer: &HttpAnswer) -> Outcome {
        self.read_refresh(answer)
    }

    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome {
        let status = answer.status;
        match status {
            200 => Outcome::Granted(Pair(answer.body.expose().parse().expect("a number")).grant()),
            401 => Outcome::Rejected { status },
            _ => Outcome::Transient { problem: Problem::Status(status), fate: Fate::Unknown, retry_after: None },
        }
    }
}

fn request(url: &str, token: Option<&Secret>) -> HttpRequest {
    let request = HttpRequest::new("POST", url);
    HttpRequest { body: token.cloned(), ..request }
}
