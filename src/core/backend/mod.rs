//! Codecs of token backends: a record becomes a request, an answer becomes an outcome. They send nothing.

pub(crate) mod custom;
mod oauth2;
mod presets;

use core::{fmt, time::Duration};

pub use custom::{Answers, Call, CustomBackend, When};
pub use oauth2::OAuth2;
pub use presets::{FlaskJwt, SimpleJwt, SlidingJwt, StrictRotation, Supabase};

use super::{
    dpop::{Flaw, Key},
    error::{Error, OptionError, Problem},
    http::{HttpAnswer, HttpRequest, REQUEST_LIMIT, TransportError},
    json::{Value, Writer},
    jwt::{MAX_TOKEN, TokenError},
    origin::Endpoint,
    resource::ResourceRules,
    secret::Secret,
    time::Delay,
};
use crate::send::{MaybeSend, MaybeSync};

/// A token backend as a codec: it knows the wire format of the endpoints and the meaning of their answers (R7).
pub trait Backend: MaybeSend + MaybeSync {
    /// The endpoint that the refresh token goes to; its origin receives tokens by default.
    fn endpoint(&self) -> &Endpoint;

    /// Other endpoints that credentials or tokens are sent to.
    fn other_endpoints(&self) -> &[Endpoint] {
        &[]
    }

    /// The request that signs in; `None` where the backend has no sign-in of its own.
    fn sign_in(&self, credentials: &Credentials) -> Option<HttpRequest>;

    /// The request that exchanges the refresh token, which is there.
    fn refresh(&self, tokens: &Tokens) -> HttpRequest;

    /// The request that revokes the session at the server; `None` where the backend has no endpoint for it, or needs a
    /// token that is not there.
    fn sign_out(&self, tokens: &Tokens) -> Option<HttpRequest>;

    /// The meaning of an answer to [`sign_in`](Self::sign_in).
    fn read_sign_in(&self, answer: &HttpAnswer) -> Outcome;

    /// The meaning of an answer to [`refresh`](Self::refresh).
    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome;

    /// What answers of the resources mean, as far as the application does not say otherwise; natively the
    /// [`Client`](crate::Client) goes by it. By default a 401 alone refuses the token.
    fn resource_rules(&self) -> ResourceRules {
        ResourceRules::new()
    }

    /// The meaning of an answer to [`sign_out`](Self::sign_out): any 2xx is success.
    ///
    /// # Errors
    /// What stands in the way of the revocation.
    fn read_sign_out(&self, answer: &HttpAnswer) -> Result<(), Error> {
        match answer.status {
            200..=299 => Ok(()),
            status => Err(Error::Unavailable { problem: Problem::Status(status), retry_after: answer.retry_after }),
        }
    }
}

// Not a supertrait: in a vtable it would pull the whole of `fmt` into the browser build.
impl fmt::Debug for dyn Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backend")
    }
}

/// The meaning of a token endpoint's answer (R7).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Here are new tokens. They are stored first and judged after.
    Granted(Grant),
    /// The endpoint says in its own language that these credentials or this refresh token are dead.
    Rejected {
        /// HTTP status.
        status: u16,
    },
    /// Not now; the session lives on.
    Transient {
        /// What is in the way.
        problem: Problem,
        /// What became of the refresh token that was sent.
        fate: Fate,
        /// How long the server asks to wait.
        retry_after: Option<Delay>,
    },
    /// A mistake in the configuration or the server; the session lives on.
    Misconfigured(Problem),
}

/// What a failed answer tells about the refresh token that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// The server did not act on the request.
    Unspent,
    /// The server may have acted on it.
    Unknown,
    /// The server may have acted, and only the answer is lost: worth one more try at once (R5).
    AnswerLost,
}

/// The tokens that a backend's requests are about.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(PartialEq, Eq, Hash))]
#[non_exhaustive]
pub struct Tokens {
    /// The access token, as far as it is known; it may have expired.
    pub access: Option<Secret>,
    /// The refresh token, where there is one.
    pub refresh: Option<Secret>,
}

impl Tokens {
    /// These, and of the older ones what is missing here.
    pub(crate) fn over(self, old: Self) -> Self {
        Self { access: self.access.or(old.access), refresh: self.refresh.or(old.refresh) }
    }

    /// Those of a session with both, for the tests of a codec.
    #[must_use]
    pub fn pair(access: &str, refresh: &str) -> Self {
        Self { access: Some(access.into()), refresh: Some(refresh.into()) }
    }
}

/// The tokens of a session, as somebody hands them out.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    pub(crate) access: Option<Secret>,
    /// `None` means that the old one stays (R4).
    pub(crate) refresh: Option<Secret>,
    /// The access token's lifetime in seconds.
    pub(crate) lifetime: Option<f64>,
    /// `None` means that the old one stays.
    pub(crate) id_token: Option<Secret>,
    /// The key that adopted tokens are bound to.
    pub(crate) key: Key,
    /// Why the access token must not be used.
    pub(crate) flaw: Flaw,
}

impl Grant {
    /// A token pair to adopt: from a login of the application's own, or from another program.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] or [`Error::InvalidToken`] when a token is empty, larger than a megabyte, or has
    /// characters that no HTTP header can carry.
    pub fn pair(access: &str, refresh: Option<&str>) -> Result<Self, Error> {
        let refresh = refresh.map(|token| checked("refresh", token)).transpose()?;
        Ok(Self { access: Some(checked("access", access)?), refresh, ..Self::default() })
    }

    /// The tokens in an answer, for a [`Backend`] of your own: what no request could carry is no token. Without a
    /// refresh token the old one stays; an answer without an access token is told as an error, once its refresh token
    /// has been stored.
    #[must_use]
    pub fn from_answer(access: Option<&str>, refresh: Option<&str>) -> Self {
        let token = |text: Option<&str>| checked("", text?).ok();
        Self { access: token(access), refresh: token(refresh), ..Self::default() }
    }

    pub(crate) fn tokens(self) -> Tokens {
        Tokens { access: self.access, refresh: self.refresh }
    }

    /// States the access token's lifetime, for tokens that do not say it themselves.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime.as_secs_f64());
        self
    }

    /// Adds an ID token (OpenID Connect Core 1.0 section 2). It is kept with the session, and not verified.
    #[must_use]
    pub fn id_token(mut self, token: &str) -> Self {
        self.id_token = Some(token.into());
        self
    }
}

fn checked(field: &'static str, token: &str) -> Result<Secret, Error> {
    if token.is_empty() {
        return Err(Error::InvalidOption { field, problem: OptionError::Missing });
    }
    if token.len() > MAX_TOKEN {
        return Err(Error::InvalidToken { field, problem: TokenError::TooLarge });
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::InvalidOption { field, problem: OptionError::NotAHeader });
    }
    Ok(token.into())
}

/// What a user signs in with: the members of one JSON object.
#[derive(Clone, Debug)]
pub struct Credentials(Secret);

impl Credentials {
    /// A user name and a password, under the names `username` and `password`.
    #[must_use]
    pub fn new(username: &str, password: &str) -> Self {
        Self(Secret::new(Writer::object().text("username", username).text("password", password).end()))
    }

    /// The members of a JSON object, for servers that ask for other fields (`email`, a one-time code).
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the text is not a JSON object.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        match Value::parse(json) {
            Some(value) if value.is_object() => Ok(Self(json.into())),
            _ => Err(Error::InvalidOption { field: "credentials", problem: OptionError::Missing }),
        }
    }

    /// What the face has written itself: a JSON object, or a form where the backend wants one.
    #[must_use]
    #[allow(dead_code, reason = "only the npm package has one")]
    pub(crate) fn checked(text: Secret) -> Self {
        Self(text)
    }

    /// The JSON object; it holds the password.
    #[must_use]
    pub fn as_json(&self) -> &Secret {
        &self.0
    }
}

/// The outcome of a refresh that has no answer.
pub(crate) fn without_answer(error: TransportError) -> Outcome {
    let (fate, retry_after) = match error {
        TransportError::Unreachable => (Fate::Unspent, None),
        TransportError::Interrupted => (Fate::AnswerLost, None),
        // A slow server has not lost its answer: it gets as much time again before the token is sent once more.
        TransportError::TimedOut => (Fate::Unknown, Some(Delay(REQUEST_LIMIT))),
        TransportError::TooLarge => (Fate::Unknown, None),
    };
    Outcome::Transient { problem: error.problem(), fate, retry_after }
}

/// What every endpoint's statuses mean that its own language does not define.
fn by_status(answer: &HttpAnswer) -> Outcome {
    let status = answer.status;
    let transient = |problem, fate| Outcome::Transient { problem, fate, retry_after: answer.retry_after };
    match status {
        200..=299 => transient(Problem::NotAnAnswer(status), Fate::AnswerLost),
        0 | 300..=399 => Outcome::Misconfigured(Problem::Redirect),
        408 | 409 | 425 | 429 => transient(Problem::Status(status), Fate::Unspent),
        404 | 405 | 410 | 415 => Outcome::Misconfigured(Problem::Status(status)),
        500.. => transient(Problem::Status(status), Fate::Unknown),
        // A proxy's or firewall's page must not be mistaken for a dead session.
        _ => transient(Problem::NotAnAnswer(status), Fate::Unknown),
    }
}
