//! The one timer of a session. A timer that a newer one has made needless fires into nothing.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::runtime::Handle;

use super::Native;
use crate::driver::Driver;

/// When the timer fires next.
#[derive(Debug, Default)]
pub(super) struct Timer(Mutex<Setting>);

#[derive(Debug, Default)]
struct Setting {
    /// By the monotonic clock.
    due: Option<i64>,
    /// Names the task that may fire.
    number: u64,
}

impl Timer {
    /// Sees to a tick after `delay` milliseconds at the latest, counted from `now`.
    pub(super) fn set(&self, now: i64, delay: Option<i64>, runtime: &Handle, driver: &Arc<Driver<Native>>) {
        let mut setting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = delay.map(|delay| now.saturating_add(delay));
        // One that fires too early asks the machine again and does no harm.
        if let (Some(set), Some(due)) = (setting.due, due)
            && set <= due
        {
            return;
        }
        *setting = Setting { due, number: setting.number.wrapping_add(1) };
        let Some(delay) = delay else { return };
        let number = setting.number;
        // A session that nobody holds any more must not live for its timer's sake.
        let driver = Arc::downgrade(driver);
        runtime.spawn(async move {
            tokio::time::sleep(Duration::from_millis(delay.max(0).unsigned_abs())).await;
            if let Some(driver) = driver.upgrade()
                && driver.platform.timer.take(number)
            {
                driver.tick();
            }
        });
    }

    /// Whether the timer of this number is still wanted; it is set no more afterwards.
    fn take(&self, number: u64) -> bool {
        let mut setting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = setting.number == number && setting.due.is_some();
        if wanted {
            setting.due = None;
        }
        wanted
    }
}
