//! The one timer of a session. The machine says how long the driver may sleep; a timer that a newer one has made
//! needless fires into nothing.

use std::sync::Arc;

use super::{Platform, session::Shared};
use crate::{core::machine::Input, send::boxed};

/// When the timer fires next.
#[derive(Debug, Default)]
pub(super) struct Timer {
    /// By the monotonic clock.
    due: Option<i64>,
    /// Names the task that may fire.
    number: u64,
}

impl<P: Platform> Shared<P> {
    /// Sees to a tick after `wake_in` milliseconds at the latest.
    pub(super) fn schedule(self: &Arc<Self>, timer: &mut Timer, wake_in: Option<i64>) {
        let Some(delay) = wake_in else {
            *timer = Timer { due: None, number: timer.number.wrapping_add(1) };
            return;
        };
        let due = self.platform.now().monotonic.saturating_add(delay);
        if timer.due.is_some_and(|set| set <= due) {
            return;
        }
        *timer = Timer { due: Some(due), number: timer.number.wrapping_add(1) };
        let number = timer.number;
        let sleep = self.platform.sleep(delay);
        // A session that nobody holds any more must not live for its timer's sake.
        let session = Arc::downgrade(self);
        self.platform.spawn(boxed(async move {
            sleep.await;
            if let Some(shared) = session.upgrade() {
                shared.fire(number);
            }
        }));
    }

    fn fire(self: &Arc<Self>, number: u64) {
        if self.take_timer(number) {
            self.handle(Input::Tick);
        }
    }
}

impl Timer {
    /// Whether the timer of this number is still wanted; it is set no more afterwards.
    pub(super) fn take(&mut self, number: u64) -> bool {
        let wanted = self.number == number && self.due.is_some();
        if wanted {
            self.due = None;
        }
        wanted
    }
}
