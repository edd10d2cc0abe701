//! What a session tells its observers and the other contexts (S3). Nothing here holds a secret.

use super::{error::Error, time::Delay};

/// Something that happened to the session, seen once in every context.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A new session began, here or in another context.
    SignedIn {
        /// Generation of the record, 1 for a new session.
        generation: u64,
    },
    /// A new token pair is in use, refreshed here or adopted from another context.
    Refreshed {
        /// Generation of the new pair.
        generation: u64,
    },
    /// The session ended.
    SignedOut {
        /// Why.
        reason: SignOutReason,
    },
    /// A refresh failed and the session goes on.
    RefreshFailed {
        /// What went wrong.
        error: Error,
        /// The time until the next try.
        retry_in: Delay,
    },
    /// The store failed; the session goes on in memory.
    StoreFailed {
        /// What went wrong.
        error: Error,
    },
}

impl Event {
    /// The event's name, as `session.on` takes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SignedIn { .. } => "signed-in",
            Self::Refreshed { .. } => "refreshed",
            Self::SignedOut { .. } => "signed-out",
            Self::RefreshFailed { .. } => "refresh-failed",
            Self::StoreFailed { .. } => "store-failed",
        }
    }
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignOutReason {
    /// The server refused the refresh token.
    Rejected,
    /// The server refused the refresh token after an earlier refresh whose answer was lost (R5).
    Interrupted,
    /// `sign_out` was called in this context.
    SignedOutHere,
    /// Another context signed out.
    SignedOutElsewhere,
    /// Another sign-in took this session's place.
    Replaced,
}

impl SignOutReason {
    /// Stable code of the reason.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Interrupted => "interrupted",
            Self::SignedOutHere => "signed-out-here",
            Self::SignedOutElsewhere => "signed-out-elsewhere",
            Self::Replaced => "replaced",
        }
    }

    /// The reason as the other contexts see it.
    pub(crate) fn seen_elsewhere(self) -> Self {
        match self {
            Self::SignedOutHere => Self::SignedOutElsewhere,
            other => other,
        }
    }
}

/// What contexts tell each other: that the record changed, never what is in it. The record is the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// There is something new in the store.
    Changed,
    /// The session ended, for this reason.
    Ended(SignOutReason),
}

impl Hint {
    const ENDED: [SignOutReason; 4] = [
        SignOutReason::Rejected,
        SignOutReason::Interrupted,
        SignOutReason::SignedOutElsewhere,
        SignOutReason::Replaced,
    ];

    /// The hint as text for a message channel.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Ended(reason) => reason.seen_elsewhere().code(),
        }
    }

    /// Reads a message; one that is not understood still means that something changed.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ENDED.into_iter().find(|reason| reason.code() == text).map_or(Self::Changed, Self::Ended)
    }
}

/// What became of the server's side of a sign-out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Revocation {
    /// The server revoked the refresh token.
    Done,
    /// The backend has no such endpoint, or there was no session.
    NotSupported,
    /// The request failed; the refresh token lives on until it expires.
    Failed(Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_hints_survive_the_channel_and_unknown_ones_mean_changed() {
        for reason in Hint::ENDED {
            assert_eq!(Hint::parse(Hint::Ended(reason).as_str()), Hint::Ended(reason));
        }
        assert_eq!(
            Hint::parse(Hint::Ended(SignOutReason::SignedOutHere).as_str()),
            Hint::Ended(SignOutReason::SignedOutElsewhere)
        );
        assert_eq!(Hint::parse("from the future"), Hint::Changed);
    }
}
