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
    #[must_use]
    pub fn events(&self) -> Events {
        Events(self.platform().subscribe())
    }
}
