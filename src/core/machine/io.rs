//! What goes into the machine and what comes out of it.

use alloc::sync::Arc;

use crate::core::{
    backend::{Credentials, Grant},
    dpop::Key,
    error::{Error, StoreError},
    event::{Event, Hint, Revocation},
    http::{HttpAnswer, HttpRequest, TransportError},
    record::{Saved, Stamp, Write},
    secret::Secret,
};

/// Names an effect, so that its result finds the work that asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Job(pub u32);

/// Names a caller who waits for an answer; chosen by the driver, unique within a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaiterId(pub u64);

/// What a caller needs a token for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// Whatever is there, as soon as the store has been read.
    Any,
    /// A request that can be sent again: any token that has not expired.
    Live,
    /// A request that can be sent only once: a token that is not stale (Q4).
    Fresh,
    /// The answer to a request with this token was 401 (Q3).
    Newer {
        /// The token that the request carried.
        than: Stamp,
    },
    /// `refresh()`: a new token now, unless somebody has just fetched one.
    Refresh,
}

/// Something that happened. Each comes with the time and fresh random bits.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub enum Input {
    /// The context begins: find out what is stored.
    Start,
    /// A caller wants a token.
    Want {
        /// Who.
        waiter: WaiterId,
        /// What for.
        need: Need,
    },
    /// A caller went away; its answer is not needed any more. What it caused goes on (R6).
    Forget {
        /// Who.
        waiter: WaiterId,
    },
    /// Sign in with credentials.
    SignIn {
        /// Who waits for it.
        waiter: WaiterId,
        /// With what.
        credentials: Credentials,
    },
    /// Take over a token pair from elsewhere.
    Adopt {
        /// Who waits for it.
        waiter: WaiterId,
        /// The pair.
        tokens: Grant,
    },
    /// Sign out.
    SignOut {
        /// Who waits for it.
        waiter: WaiterId,
    },
    /// [`Output::Lock`] ended.
    Locked {
        /// The effect's job.
        job: Job,
        /// Whether the lock is held now.
        outcome: Result<(), LockFailure>,
    },
    /// [`Output::Load`] ended.
    Loaded {
        /// The effect's job.
        job: Job,
        /// The stored text.
        stored: Result<Option<Secret>, StoreError>,
    },
    /// [`Output::Save`] ended.
    Saved {
        /// The effect's job.
        job: Job,
        /// Whether the write is durable.
        outcome: Result<Saved, StoreError>,
    },
    /// [`Output::Send`] ended.
    Answered {
        /// The effect's job.
        job: Job,
        /// The answer.
        answer: Result<HttpAnswer, TransportError>,
    },
    /// A resource has handed out a new access token.
    Offered {
        /// The token that the request carried.
        than: Stamp,
        /// The new one, in characters that a header can carry.
        access: Secret,
    },
    /// Another context says that the record changed.
    Hint(Hint),
    /// The context came to the user's eyes or left them, or the network came back.
    Look {
        /// Whether a background timer may run.
        visible: bool,
    },
    /// Time has passed. Extra ticks do nothing.
    Tick,
    /// No more requests: callers are answered, timers end; a refresh under way is still stored.
    Close,
}

/// Why the lock is not held.
#[derive(Clone, Debug)]
pub enum LockFailure {
    /// Somebody else held it for longer than any refresh may take.
    TimedOut,
    /// The store cannot lock.
    Failed(StoreError),
}

/// Something to do. The driver carries out each as it comes; results return as [`Input`]s with the same job.
#[derive(Debug)]
pub(crate) enum Output {
    /// Take the store's exclusive lock, waiting no longer than [`LOCK_WAIT`](super::LOCK_WAIT).
    Lock(Job),
    /// Release the lock, if this job holds it.
    Unlock(Job),
    /// Read the stored text, waiting no longer than [`STORE_LIMIT`](super::STORE_LIMIT).
    Load(Job),
    /// Carry out a write, waiting no longer than [`STORE_LIMIT`](super::STORE_LIMIT).
    Save(Job, Write),
    /// Send a request. After [`REQUEST_LIMIT`](crate::core::http::REQUEST_LIMIT) it counts as timed out; yet it goes on, and what
    /// comes of it in the end is handed in as well, by the same job.
    Send(Job, HttpRequest),
    /// Tell the other contexts.
    Announce(Hint),
    /// Answer a caller.
    Answer(WaiterId, Result<Reply, Error>),
    /// Tell the observers.
    Emit(Event),
}

/// What a caller gets.
#[derive(Clone, Debug)]
pub enum Reply {
    /// To [`Input::Want`]: a token to send.
    Token(Arc<Token>),
    /// To [`Input::SignIn`] and [`Input::Adopt`].
    SignedIn,
    /// To [`Input::SignOut`].
    SignedOut(Revocation),
}

/// An access token with the stamp of its record.
#[derive(Debug)]
#[cfg_attr(test, derive(Hash))]
pub struct Token {
    /// Session and generation.
    pub stamp: Stamp,
    /// The token.
    pub access: Secret,
    /// Server's clock minus the local one, where it is known.
    pub skew: Option<i64>,
    /// The key that the token is bound to.
    #[allow(dead_code, reason = "read with the feature `dpop` only")]
    pub(crate) key: Key,
}
