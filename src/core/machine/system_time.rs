//! The session's lines as the standard library tells time, which the npm package does without.

use std::time::SystemTime;

use super::State;
use crate::core::time::Delay;

impl State {
    /// When the token's life began, by the local clock.
    #[must_use]
    pub fn received_at(&self) -> SystemTime {
        system_time(self.received_at).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// When the token becomes stale, by the local clock; `None` is unknown.
    #[must_use]
    pub fn stale_at(&self) -> Option<SystemTime> {
        system_time(self.stale_at?)
    }

    /// When the token ends, by the local clock; `None` is unknown.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        system_time(self.expires_at?)
    }
}

fn system_time(wall: i64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Delay(wall).into())
}
