//! What happens to a session, as a stream.

use tokio::sync::broadcast::{
    self,
    error::{RecvError, TryRecvError},
};

use super::Native;
use crate::{core::Event, driver::Session};

/// Events that an observer may lag behind before the oldest are dropped.
pub(super) const BACKLOG: usize = 64;

/// The events of a session from the moment of [`Session::events`] on.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// The next event; `None` once the session is gone. An observer that lags far behind loses the oldest events.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            match self.0.recv().await {
                Ok(event) => return Some(event),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// The next event that has happened already.
    pub fn try_next(&mut self) -> Option<Event> {
        loop {
            match self.0.try_recv() {
                Ok(event) => return Some(event),
                Err(TryRecvError::Lagged(_)) => {}
                Err(_) => return None,
            }
        }
    }
}

impl Session<Native> {
    /// Observes the session.
    ///
    /// ```
    /// # async fn observe(session: evertoken::Session) {
    /// let mut events = session.events();
    /// while let Some(event) = events.next().await {
    ///     println!("{}", event.name());
    /// }
    /// # }
    /// ```
    ///
    /// With the feature `tracing` its subscribers are told the same, and no secrets:
    ///
    /// | target | level | what | fields |
    /// | --- | --- | --- | --- |
    /// | `evertoken::session` | info | signed in, signed out | `session`, `generation` or `reason` |
    /// | | warn | the server has ended the session | `session`, `reason` |
    /// | `evertoken::refresh` | info | the span `refresh`, from the wait for the lock to its end | `session`, `generation`, `token` (fresh, stale, expired), `attempt`, and in the end `outcome`, `duration_ms` |
    /// | | debug | refreshed | `session`, `generation` |
    /// | | warn | a refresh has failed | `session`, `code`, `retry_in_ms` |
    /// | | error | the backend does not work as configured | `session`, `code` |
    /// | `evertoken::store` | warn | the store has failed | `session`, `code` |
    /// | `evertoken::request` | debug | a request is sent again, with a newer token | `session`, `generation`, `status` |
    ///
    /// An `outcome` is `refreshed`, `adopted` (another process was faster), `needless`, or the code of what came instead. A
    /// refresh belongs to the session: its span has no parent, and follows from the span that caused it. Subscribers are called
    /// in the middle of the session's work: they must not call it back.
    #[must_use]
    pub fn events(&self) -> Events {
        Events(self.platform().subscribe())
    }
}
