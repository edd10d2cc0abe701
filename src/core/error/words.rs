//! What errors say: what happened and what to do.

use alloc::string::String;
use core::fmt;

use super::{Error, NPM, OptionError, Problem, StoreError, StoreProblem};
use crate::core::{
    event::SignOutReason,
    jwt::{TokenError, TokenKind},
    text::{join, push_number},
};

impl Error {
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
            // In a page JavaScript checks what is passed in, and what is there.
            Self::InvalidOption { .. } | Self::InvalidToken { .. } | Self::PlatformMissing(_) if NPM => whole(""),
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
            Self::PlatformMissing(what) => ("A session needs ", what, None, "."),
        }
    }
}

impl OptionError {
    /// What follows the name of the option.
    fn message(self) -> &'static str {
        match self {
            Self::NotAUrl => "\" is not an absolute http or https URL with a plain ASCII host.",
            Self::Insecure => {
                "\" sends tokens over plain http to another machine: use https, or allow the origin by name."
            }
            Self::NotSeconds => "\" is not a number of seconds between 0 and 86400.",
            Self::NotANumber => "\" is not a number of seconds.",
            Self::Missing => "\" is missing or empty.",
            Self::NotAKey => "\" is not an exported DPoP key.",
            Self::NotForBound => "\" is not for tokens that are bound to a key: they go out as `Authorization: DPoP`.",
            Self::FollowsRedirects => {
                "\" is not for a middleware, whose client would take the token along on redirects: use a Client."
            }
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
            // In a page these are JavaScript's.
            Self::ProofRefused | Self::NotBound | Self::NoMetadata | Self::OtherIssuer | Self::NoTokenEndpoint
                if NPM =>
            {
                ""
            }
            Self::Unreachable => "it cannot be reached",
            Self::ConnectionLost => "the connection was lost",
            Self::TimedOut => "it did not answer in time",
            Self::FailedElsewhere => "another tab or process has just failed to refresh it",
            Self::Status(_) => "it answers HTTP ",
            Self::NotAnAnswer(_) => "its answer is not the endpoint's JSON, HTTP ",
            Self::Redirect => "it redirects; give the final URL, with its slash",
            Self::NoAccessToken => "its answer has no access token where one is expected",
            Self::RefreshTokenAsAccess => "its access token says it is a refresh token",
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
