//! Tokio, the system's clocks, and the fast path to a live token.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use arc_swap::ArcSwapOption;
use tokio::{runtime::Handle, sync::broadcast};

#[cfg(feature = "dpop")]
use super::dpop::Prover;
use super::{
    LockGuard, Store,
    effects::{self, Task},
    events::BACKLOG,
    options::Access,
    timer::Timer,
    traces::Traces,
    transport,
};
use crate::{
    core::{
        Error, Event, Hint, Now, Phase, Write,
        http::HttpRequest,
        machine::{Current, Input, Job, Need},
    },
    driver::{AccessToken, Driver, Platform, Session},
    send::Exclusive,
};

/// Requests with a stale token ask for a refresh no more often than this, in milliseconds.
const FRESHEN_INTERVAL: i64 = 250;

/// The platform of native programs.
pub struct Native {
    runtime: Handle,
    pub(super) store: Box<dyn Store>,
    guard: Mutex<Option<(Job, LockGuard)>>,
    pub(super) timer: Timer,
    pub(super) endpoint: reqwest::Client,
    pub(super) requests: reqwest::Client,
    events: broadcast::Sender<Event>,
    /// For the first observer: what happened while the session was built would be lost otherwise.
    early: Mutex<Option<broadcast::Receiver<Event>>>,
    start: Instant,
    current: ArcSwapOption<Current>,
    freshened: AtomicI64,
    pub(super) access: Access,
    /// The shape of the backend's last answer.
    pub(super) last_answer: Exclusive<Option<String>>,
    pub(super) traces: Traces,
    #[cfg(feature = "dpop")]
    pub(super) prover: Prover,
}

impl Native {
    pub(super) fn new(runtime: Handle, store: Box<dyn Store>, access: Access) -> reqwest::Result<Self> {
        let endpoint = transport::endpoint_client()?;
        let requests = transport::request_client(&access)?;
        let (events, early) = broadcast::channel(BACKLOG);
        Ok(Self {
            runtime,
            store,
            guard: Mutex::default(),
            timer: Timer::default(),
            endpoint,
            requests,
            events,
            early: Mutex::new(Some(early)),
            start: Instant::now(),
            current: ArcSwapOption::empty(),
            freshened: AtomicI64::new(i64::MIN),
            access,
            last_answer: Exclusive::default(),
            traces: Traces::default(),
            #[cfg(feature = "dpop")]
            prover: Prover::default(),
        })
    }

    /// Runs an effect on its own: it belongs to the session, not to the caller (R6).
    fn spawn<F>(&self, driver: &Arc<Driver<Self>>, effect: impl FnOnce(Arc<Driver<Self>>) -> F)
    where
        F: Future<Output = Input> + Send + 'static,
    {
        self.runtime.spawn(Task::new(driver).run(effect(Arc::clone(driver))));
    }

    pub(super) fn keep_guard(&self, job: Job, guard: LockGuard) {
        *self.guard.lock().unwrap_or_else(PoisonError::into_inner) = Some((job, guard));
    }

    /// Gives the lock back, whose refresh goes on no more: as if the process had ended.
    pub(super) fn drop_guard(&self) {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Event> {
        let early = self.early.lock().unwrap_or_else(PoisonError::into_inner).take();
        early.unwrap_or_else(|| self.events.subscribe())
    }
}

impl Platform for Native {
    fn now(&self) -> Now {
        let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => -millis(before.duration()),
        };
        Now { wall, monotonic: millis(self.start.elapsed()) }
    }

    fn random(&self) -> u64 {
        // Keyed by the operating system's entropy; enough for names and jitter, which are no secrets.
        RandomState::new().hash_one(0_u8)
    }

    fn lock(&self, job: Job, driver: &Arc<Driver<Self>>) {
        self.traces.began(job, self.current.load().as_deref(), self.now());
        self.spawn(driver, move |driver| async move { effects::lock(job, &driver.platform).await });
    }

    fn unlock(&self, job: Job) {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner).take_if(|(holder, _)| *holder == job);
        self.traces.ended(job);
    }

    fn load(&self, job: Job, driver: &Arc<Driver<Self>>) {
        self.spawn(driver, move |driver| async move { effects::load(job, &driver.platform).await });
    }

    fn save(&self, job: Job, write: Write, driver: &Arc<Driver<Self>>) {
        self.spawn(driver, move |driver| async move { effects::save(job, write, &driver.platform).await });
    }

    fn send(&self, job: Job, request: HttpRequest, driver: &Arc<Driver<Self>>) {
        self.spawn(driver, move |driver| async move { effects::send(job, request, &driver).await });
    }

    fn wake(&self, delay: Option<i64>, driver: &Arc<Driver<Self>>) {
        self.timer.set(self.now().monotonic, delay, &self.runtime, driver);
    }

    /// Other processes look at the file when they need a token; there is no channel between them.
    fn announce(&self, _: Hint) {}

    fn emit(&self, event: Event) {
        self.traces.happened(&event, self.current.load().as_deref());
        // Without observers nobody listens, which is fine.
        let _ = self.events.send(event);
    }

    fn publish(&self, current: Option<Current>) {
        if !Current::is_same(self.current.load().as_deref(), current.as_ref()) {
            self.traces.published(current.as_ref());
            self.current.store(current.map(Arc::new));
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Session<Native> {
    /// A live access token, for WebSockets and clients of other kinds. The common case, a token that has not
    /// expired, takes no lock; an expired one is refreshed first.
    ///
    /// # Errors
    /// [`Error::SignedOut`] without a session, [`Error::Ended`] when it ends while this waits,
    /// [`Error::Unavailable`] when the endpoint stays away for too long.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        self.token_for(Need::Live).await
    }

    pub(super) async fn token_for(&self, need: Need) -> Result<AccessToken, Error> {
        if let Some(token) = self.token_at_hand(need) {
            return Ok(token);
        }
        self.token(need).await.map(AccessToken)
    }

    fn token_at_hand(&self, need: Need) -> Option<AccessToken> {
        let platform = self.platform();
        let current = platform.current.load();
        let current = current.as_deref()?;
        let now = platform.now();
        let token = || Some(AccessToken(Arc::clone(&current.token)));
        match (need, current.phase(now)) {
            (Need::Live | Need::Fresh, Phase::Fresh) => token(),
            (Need::Live, Phase::Stale) => {
                self.freshen_beside(now);
                token()
            }
            _ => None,
        }
    }

    /// Starts a refresh beside the requests that go on with a stale token.
    fn freshen_beside(&self, now: Now) {
        let freshened = &self.platform().freshened;
        let last = freshened.load(Ordering::Relaxed);
        if now.monotonic.saturating_sub(last) < FRESHEN_INTERVAL {
            return;
        }
        if freshened.compare_exchange(last, now.monotonic, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.freshen();
        }
    }
}
