//! What the handlers share: one lock around everything that changes.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::sessions::{Counters, Pair, Refused, Sessions};

/// The counters, and the state that the page shows beside them.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// What has been counted.
    #[serde(flatten)]
    pub counters: Counters,
    /// How much longer every `/api/` answer is 503; 0 when the server is up.
    pub unavailable_for_ms: u64,
    /// The lifetime of new access tokens.
    pub access_lifetime_s: u64,
}

pub(crate) struct World {
    pub(crate) sessions: Sessions,
    pub(crate) refresh_delay: Duration,
    pub(crate) outage_ends: Instant,
}

impl World {
    pub(crate) fn outage(&self) -> Duration {
        self.outage_ends.saturating_duration_since(Instant::now())
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            counters: self.sessions.counters,
            unavailable_for_ms: self.outage().as_millis().try_into().unwrap_or(u64::MAX),
            access_lifetime_s: self.sessions.access_lifetime(),
        }
    }
}

#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn new(access_lifetime: Duration) -> Self {
        Self(Arc::new(Mutex::new(World {
            sessions: Sessions::new(access_lifetime.as_secs()),
            refresh_delay: Duration::ZERO,
            outage_ends: Instant::now(),
        })))
    }

    /// The refresh happens before the delay: who hangs up meanwhile has lost an answer, not prevented a refresh.
    pub(crate) async fn refresh(&self, token: &str) -> Result<Pair, Refused> {
        let (pair, delay) = {
            let mut world = self.lock();
            let pair = world.sessions.refresh(unix_time().as_secs(), token);
            (pair, world.refresh_delay)
        };
        tokio::time::sleep(delay).await;
        pair
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().expect("no handler panics while it holds the lock")
    }
}

pub(crate) fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock of this machine stands after 1970")
}
