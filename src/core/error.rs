//! The one error type (S5): a stable code, what happened, what to do about it. Never a secret.

use std::{fmt, time::Duration};

use super::{
    event::SignOutReason,
    jwt::{TokenError, TokenKind},
    text::{join, push_number},
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

    /// What happened and what to do, in one or two sentences.
    #[must_use]
    pub fn message(&self) -> String {
        let (before, what, number, after) = self.parts();
        let mut text = join(&[before, what]);
        if let Some(number) = number {
            push_number(&mut text, number);
        }
        text.push_str(after);
        text
    }

    /// The message up to its number, where there is one, and from there on: one shape for all of them is less code.
    fn parts(&self) -> (&'static str, &'static str, Option<u64>, &'static str) {
        let whole = |message| (message, "", None, "");
        match *self {
            Self::InvalidOption { field, problem } => ("Option \"", field, None, problem.message()),
            Self::InvalidToken { field, problem: TokenError::TooLarge } => {
                ("The ", field, None, " token is larger than a megabyte.")
            }
            Self::InvalidToken { field, .. } => ("The ", field, None, " token cannot be used."),
            Self::WrongTokenKind { expected: TokenKind::Access } => {
                whole("A refresh token was given where an access token belongs; swap the two.")
            }
            Self::WrongTokenKind { expected: TokenKind::Refresh } => {
                whole("An access token was given where a refresh token belongs; swap the two.")
            }
            Self::SignedOut => whole("Nobody is signed in; sign in first."),
            Self::Ended(reason) => whole(reason.message()),
            Self::CredentialsRefused { status } => {
                ("The server refused the credentials: HTTP ", "", Some(status.into()), ".")
            }
            Self::Unavailable { problem, .. } => (
                "The token endpoint is of no use now: ",
                problem.message(),
                problem.status(),
                ". No session is lost; try again.",
            ),
            Self::Misconfigured { problem } => {
                ("The token endpoint does not work as configured: ", problem.message(), problem.status(), ".")
            }
            Self::CannotRefresh => whole("The access token has ended and there is no refresh token; sign in again."),
            Self::SignInUnsupported => whole("This backend has no sign-in of its own; adopt a token pair instead."),
            Self::Superseded => whole("Another sign-in came first and stays."),
            Self::Store(StoreError { problem, os_error: Some(code) }) if !NPM => {
                (problem.message(), " (os error ", Some(code.unsigned_abs().into()), ")")
            }
            Self::Store(StoreError { problem, .. }) => whole(problem.message()),
            Self::LockTimeout => whole("Another context held the session's lock for too long; try again."),
            Self::Closed => whole("The session was closed; create a new one."),
            // A page has what it needs, or it does not come as far as this.
            Self::PlatformMissing(_) if NPM => whole(""),
            Self::PlatformMissing(what) => ("A session needs ", what, None, "."),
        }
    }
}

impl OptionError {
    /// What follows the name of the option.
    fn message(self) -> &'static str {
        match self {
            Self::NotAUrl
            | Self::Insecure
            | Self::NotSeconds
            | Self::NotANumber
            | Self::Placeholder
            | Self::NotJson
            | Self::NoToken
            | Self::Reserved
            | Self::NotARefusal
            | Self::NotAKey
            | Self::NotForBound
                if NPM =>
            {
                "\" is refused."
            }
            Self::NotAUrl => "\" is not an absolute http or https URL with a plain ASCII host.",
            Self::Insecure => {
                "\" sends tokens over plain http to another machine: use https, or allow the origin by name."
            }
            Self::NotSeconds => "\" is not a number of seconds between 0 and 86400.",
            Self::NotANumber => "\" is not a number of seconds.",
            Self::Missing => "\" is missing or empty.",
            Self::NotAKey => "\" is not an exported DPoP key.",
            Self::NotForBound => "\" is not for tokens that are bound to a key: they go out as `Authorization: DPoP`.",
            Self::NotAHeader => "\" cannot be used in an HTTP header or a query.",
            Self::Placeholder => {
                "\" has a placeholder that stands for nothing there: credentials go into a sign-in, access and refresh \
                 into the rest."
            }
            Self::NotJson => {
                "\" has a body that is not JSON once its placeholders are filled; they stand within quotes."
            }
            Self::Reserved => "\" has a name that the protocol sets itself, or none.",
            Self::NoToken => "\" sends neither {refresh} nor {access}: say where the token goes.",
            Self::NotARefusal => "\" takes statuses from 400 to 499, and others with a path and values in the body.",
        }
    }
}

impl Problem {
    /// What is in the way, up to the status, where there is one.
    fn message(self) -> &'static str {
        match self {
            Self::Unreachable => "it cannot be reached",
            Self::ConnectionLost => "the connection was lost",
            Self::TimedOut => "it did not answer in time",
            Self::FailedElsewhere => "another tab or process has just failed to refresh it",
            Self::Status(_) => "it answers HTTP ",
            Self::NotAnAnswer(_) => "its answer is not the endpoint's JSON, HTTP ",
            Self::Redirect => "it redirects; give the final URL, with its slash",
            Self::NoAccessToken => "its answer has no access token where one is expected",
            Self::RefreshTokenAsAccess => "its access token says it is a refresh token",
            Self::ProofRefused | Self::NotBound if NPM => "",
            Self::ProofRefused => {
                "it does not accept the DPoP proof; compare its URL, and the clock, with what it expects"
            }
            Self::NotBound => "its token_type is not DPoP, so the token is not bound to the key",
            Self::AccessTokenAsRefresh => "its refresh token says it is an access token",
            Self::SubjectChanged => "its answer is for another user",
            Self::NoMetadata => "the issuer has no metadata at its well-known addresses",
            Self::OtherIssuer => "the metadata are of another issuer",
            Self::NoTokenEndpoint => "the metadata name no token_endpoint",
            Self::InvalidClient => "it does not accept the client id or its authentication",
            Self::InvalidRequest => "it calls the request invalid; check the options of the backend",
        }
    }

    fn status(self) -> Option<u64> {
        match self {
            Self::Status(status) | Self::NotAnAnswer(status) => Some(status.into()),
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

    fn message(self) -> &'static str {
        match self {
            Self::Unavailable => {
                "The store (IndexedDB, in a browser) cannot be read or written; the session lives in memory only."
            }
            Self::Full => "The store is full; the session lives in memory only. Free some room.",
            Self::Denied => "The store may not be used; check its permissions.",
            Self::TimedOut => "The store takes too long to read or write; the session lives in memory only.",
            Self::Corrupt => "The store holds something that is not a session; it is set aside at the next sign-in.",
            Self::NewerVersion => "The store holds a session of a newer version; reload or update this program.",
            Self::Bound if NPM => "",
            Self::Bound => "The store holds a session that is bound to a DPoP key; build with the feature `dpop`.",
            Self::OtherServer => "The store holds another server's session; it is set aside at the next sign-in.",
        }
    }
}

impl SignOutReason {
    fn message(self) -> &'static str {
        match self {
            Self::Rejected => "The server ended the session: it refused the refresh token; sign in again.",
            Self::Interrupted => {
                "The server refused the refresh token after a refresh whose answer was lost; sign in again."
            }
            Self::SignedOutHere => "The session was signed out.",
            Self::SignedOutElsewhere => "The session was signed out in another tab or process.",
            Self::Replaced => "Another sign-in took this session's place.",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidToken { problem, .. } => Some(problem),
            _ => None,
        }
    }
}
