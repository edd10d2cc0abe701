//! What the driver needs of the world.

use std::fmt;

use crate::{
    core::{
        Event, Hint, Now, Saved, Secret, StoreError, Write,
        http::{HttpAnswer, HttpRequest, TransportError},
        machine::Current,
    },
    send::{BoxFuture, MaybeSend, MaybeSync},
};

/// Clocks, tasks, transport and channels of a platform. No method may call back into the session before it returns.
pub trait Platform: MaybeSend + MaybeSync + 'static {
    /// Reads both clocks.
    fn now(&self) -> Now;

    /// Random bits, fit for naming a session.
    fn random(&self) -> u128;

    /// Runs a task that belongs to the session, not to the caller (R6).
    fn spawn(&self, task: BoxFuture<'static, ()>);

    /// Sleeps for this many milliseconds or a little more.
    fn sleep(&self, ms: i64) -> BoxFuture<'static, ()>;

    /// Sends a request to the backend. It follows no redirect, and an answer larger than
    /// [`MAX_ANSWER`](crate::core::http::MAX_ANSWER) is an error.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpAnswer, TransportError>>;

    /// Tells the other contexts.
    fn announce(&self, hint: Hint);

    /// Tells the observers.
    fn emit(&self, event: Event);

    /// Keeps the token in use where requests find it without asking the machine.
    fn publish(&self, current: Option<Current>);
}

/// Where a session's record is kept: one text under one name, replaced atomically.
///
/// A store is dumb on purpose. [`Write::onto`] decides what happens to the text; the store only has to read,
/// decide and write in one step that no other writer can come between.
pub trait Store: MaybeSend + MaybeSync {
    /// Takes the exclusive lock that all contexts of this store share; dropping the guard releases it. The caller
    /// bounds the wait by dropping the future.
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>>;

    /// Reads the text.
    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>>;

    /// Carries out a write; when this returns [`Saved::Written`], a crash does not undo it.
    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>>;
}

// Not a supertrait: in a vtable it would pull the whole of `fmt` into the browser build.
impl fmt::Debug for dyn Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Holds a store's lock until it is dropped.
pub type LockGuard = Box<dyn MaybeSend>;
