//! The one error type (S5): a stable code, what happened, what to do about it. Never a secret.

mod words;

use core::time::Duration;

use super::{
    event::SignOutReason,
    jwt::{TokenError, TokenKind},
    time::Delay,
};

/// In the npm package JavaScript checks the options, with words of its own, and no store numbers its errors.
pub(crate) const NPM: bool = cfg!(all(feature = "npm", target_family = "wasm"));

/// Everything that can go wrong with a session. One failed refresh answers many callers, so it is a plain value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// An option makes no sense.
    InvalidOption {
        /// Name of the option.
        field: &'static str,
        /// What is wrong with its value.
        problem: OptionError,
    },
    /// A token cannot be what it was given as.
    InvalidToken {
        /// The token's role: `access` or `refresh`.
        field: &'static str,
        /// What is wrong with it.
        problem: TokenError,
    },
    /// An access token was given as a refresh token, or the reverse (T4).
    WrongTokenKind {
        /// What was needed.
        expected: TokenKind,
    },
    /// Nobody is signed in.
    SignedOut,
    /// The session ended while the caller waited.
    Ended(SignOutReason),
    /// The server refused the credentials of a sign-in.
    CredentialsRefused {
        /// HTTP status of the answer.
        status: u16,
    },
    /// The refresh could not be carried out for now; the session lives on.
    Unavailable {
        /// What is in the way.
        problem: Problem,
        /// The time until the next try, where one is planned.
        retry_after: Option<Delay>,
    },
    /// The endpoint's answer shows a mistake in the configuration or the server; the session lives on.
    Misconfigured {
        /// What the answer shows.
        problem: Problem,
    },
    /// The access token has ended and there is no refresh token.
    CannotRefresh,
    /// The backend has no sign-in; adopt a token pair instead.
    SignInUnsupported,
    /// Another sign-in came first.
    Superseded,
    /// The store failed.
    Store(StoreError),
    /// Another context held the store's lock for too long.
    LockTimeout,
    /// The session was closed.
    Closed,
    /// The platform lacks what a session stands on.
    PlatformMissing(&'static str),
}

/// What is wrong with an option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OptionError {
    /// Not an absolute `http` or `https` URL.
    NotAUrl,
    /// Plain `http` to another machine.
    Insecure,
    /// Not a number of seconds between 0 and one day.
    NotSeconds,
    /// Not a number of seconds.
    NotANumber,
    /// Empty or missing.
    Missing,
    /// Not usable in an HTTP header.
    NotAHeader,
    /// A placeholder that nothing stands for there.
    Placeholder,
    /// Not a JSON text once its placeholders are filled.
    NotJson,
    /// A refresh that sends no token.
    NoToken,
    /// A parameter that the protocol sets itself.
    Reserved,
    /// An answer that refuses no token, or any answer.
    NotARefusal,
    /// Not a key that `DpopKey::export` has yielded.
    NotAKey,
    /// Not the one that tokens bound to a key need: `Authorization: DPoP`.
    NotForBound,
    /// A place in the request that redirects would carry to another origin.
    FollowsRedirects,
}

/// What stands between a refresh and its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Problem {
    /// The endpoint cannot be reached.
    Unreachable,
    /// The connection broke before the answer was complete.
    ConnectionLost,
    /// No answer within the time limit.
    TimedOut,
    /// Another context has just failed to refresh, and all wait together.
    FailedElsewhere,
    /// An HTTP status, in the endpoint's own way or not.
    Status(u16),
    /// An answer that the endpoint would not give: a captive portal's page, truncated JSON.
    NotAnAnswer(u16),
    /// A redirect: the URL is not the endpoint's own (a missing slash, most often).
    Redirect,
    /// The answer has no access token in the expected field.
    NoAccessToken,
    /// The access token in the answer is a refresh token.
    RefreshTokenAsAccess,
    /// The refresh token in the answer is an access token.
    AccessTokenAsRefresh,
    /// The endpoint refuses the DPoP proof, or every nonce that it gives; or none could be made.
    ProofRefused,
    /// The access token in the answer is not bound to the DPoP key.
    NotBound,
    /// The tokens in the answer belong to another subject.
    SubjectChanged,
    /// OAuth 2.0 `invalid_client`: the client id or its authentication is wrong.
    InvalidClient,
    /// The issuer has no metadata at its well-known addresses.
    NoMetadata,
    /// The metadata are of another issuer than the one that was asked.
    OtherIssuer,
    /// The metadata name no token endpoint.
    NoTokenEndpoint,
    /// OAuth 2.0 `invalid_request`, `unsupported_grant_type`, `invalid_scope`, …
    InvalidRequest,
}

/// A failure of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StoreError {
    /// The kind of failure.
    pub problem: StoreProblem,
    /// The operating system's error number, where there is one.
    pub os_error: Option<i32>,
}

/// The kinds of failure of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreProblem {
    /// It cannot be opened, read or written.
    Unavailable,
    /// No room is left (quota or disk).
    Full,
    /// It does not permit the access.
    Denied,
    /// It takes too long to read or write: another context has stopped in the middle of a write, or the disk hangs.
    TimedOut,
    /// It holds something that is not a record.
    Corrupt,
    /// It holds a record of a newer version of this library.
    NewerVersion,
    /// It holds a session that is bound to a key (DPoP), and this program was built without the feature `dpop`.
    Bound,
    /// It holds a session of another token endpoint's origin.
    OtherServer,
}

impl StoreError {
    /// A failure without a number.
    #[must_use]
    pub fn new(problem: StoreProblem) -> Self {
        Self { problem, os_error: None }
    }
}

impl Error {
    /// The stable code: the same in Rust and JavaScript, in every version.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidOption { .. } => "invalid-option",
            Self::InvalidToken { .. } => "invalid-token",
            Self::WrongTokenKind { .. } => "wrong-token-kind",
            Self::SignedOut => "signed-out",
            Self::Ended(reason) => reason.code(),
            Self::CredentialsRefused { .. } => "credentials-refused",
            Self::Unavailable { .. } => "unavailable",
            Self::Misconfigured { .. } => "misconfigured",
            Self::CannotRefresh => "cannot-refresh",
            Self::SignInUnsupported => "sign-in-unsupported",
            Self::Superseded => "superseded",
            Self::Store(error) => error.problem.code(),
            Self::LockTimeout => "lock-timeout",
            Self::Closed => "closed",
            Self::PlatformMissing(_) => "platform-missing",
        }
    }

    /// The time until the next try that is planned.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.delay().map(Duration::from)
    }

    pub(crate) fn delay(&self) -> Option<Delay> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl StoreProblem {
    fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "store-unavailable",
            Self::Full => "store-full",
            Self::Denied => "store-denied",
            Self::TimedOut => "store-timeout",
            Self::Corrupt => "record-corrupt",
            Self::NewerVersion => "record-newer",
            Self::Bound if NPM => "",
            Self::Bound => "record-bound",
            Self::OtherServer => "record-foreign",
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::InvalidToken { problem, .. } => Some(problem),
            _ => None,
        }
    }
}
