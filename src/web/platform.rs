//! The browser as a platform.

use std::{
    cell::{Cell, OnceCell},
    collections::VecDeque,
    fmt,
    rc::Rc,
    sync::{Arc, Weak},
};

use js_sys::Function;

use super::{
    host::{Done, Host, JsStore, create_host, date_now, math_random, performance_now},
    results::deliver,
};
use crate::{
    core::{
        Event, Hint, Now, Secret, Write,
        http::{HttpRequest, REQUEST_LIMIT},
        json::Writer,
        machine::{Current, Job, LOCK_WAIT, STORE_LIMIT},
    },
    driver::{Driver, Parked, Platform, Session},
    send::Exclusive,
};

type Observer = Rc<dyn Fn(&Event)>;

/// Events that are kept for the first observer.
const BACKLOG: usize = 64;

/// The job of telling the observers, a number that the machine never comes to.
const TELLING: Job = Job(u32::MAX);

/// The platform of browsers, workers and Node.
pub struct Browser {
    pub(super) host: Host,
    driver: Rc<OnceCell<Weak<Driver<Self>>>>,
    /// Takes the host's results for as long as the platform lives.
    _done: Done,
    current: Exclusive<Option<Current>>,
    /// Counts the tokens, so that a face knows when to fetch the next one.
    version: Cell<u32>,
    observers: Exclusive<Vec<Observer>>,
    events: Exclusive<VecDeque<Event>>,
    /// Keeps the session alive while something is under way, whoever has let go of it (R6).
    working: Parked<Job, Arc<Driver<Self>>>,
    /// Writes whose store is being read.
    pub(super) writes: Parked<Job, Write>,
    /// Requests that are under way, with the moment they left.
    pub(super) sent: Parked<Job, Now>,
}

impl Browser {
    pub(super) fn new(store: &JsStore, crashed: Option<Function>) -> Self {
        let driver = Rc::<OnceCell<Weak<Driver<Self>>>>::default();
        let target = Rc::clone(&driver);
        let done = Done::new(move |kind, job, ok, text| {
            // A session that nobody holds any more has no use for results.
            if let Some(driver) = target.get().and_then(Weak::upgrade) {
                deliver(&driver, kind, Job(job), ok, text);
            }
        });
        Self {
            host: create_host(store, &done, crashed),
            driver,
            _done: done,
            current: Exclusive::default(),
            version: Cell::default(),
            observers: Exclusive::default(),
            events: Exclusive::default(),
            working: Parked::default(),
            writes: Parked::default(),
            sent: Parked::default(),
        }
    }

    /// The host, for an effect of this job whose result comes back to the driver.
    fn host(&self, job: Job, driver: &Arc<Driver<Self>>) -> &Host {
        self.driver.get_or_init(|| Arc::downgrade(driver));
        self.working.put(job, Arc::clone(driver));
        &self.host
    }

    /// The job's effect, or its last one, has ended.
    pub(super) fn ended(&self, job: Job) {
        self.working.take(&job);
    }

    /// Looks at the token in use and its version.
    pub(super) fn with_current<T>(&self, look: impl FnOnce(Option<&Current>, u32) -> T) -> T {
        look(self.current.lock().as_ref(), self.version.get())
    }

    /// Has the observers told, once the machine is not busy.
    fn tell_later(&self) {
        if let Some(driver) = self.driver.get().and_then(Weak::upgrade) {
            self.host(TELLING, &driver).later();
        }
    }

    /// Tells the observers what has happened. They may call the session: it is not busy now.
    pub(super) fn tell_observers(&self) {
        self.ended(TELLING);
        let observers = self.observers.lock().clone();
        if observers.is_empty() {
            return;
        }
        let events = std::mem::take(&mut *self.events.lock());
        for event in events {
            for observer in &observers {
                observer(&event);
            }
        }
    }
}

impl Session<Browser> {
    /// Calls `observer` for every event from now on. The first observer is told what has happened before, too: what
    /// happened while the session was built would be lost otherwise.
    pub fn observe(&self, observer: impl Fn(&Event) + 'static) {
        self.platform().observers.lock().push(Rc::new(observer));
        self.platform().tell_later();
    }
}

impl Platform for Browser {
    fn now(&self) -> Now {
        Now { wall: date_now() as i64, monotonic: performance_now() as i64 }
    }

    fn random(&self) -> u64 {
        // Names and jitter are no secrets, so the engine's own generator will do.
        const SIZE: f64 = 18_446_744_073_709_551_616.0;
        // A double has 53 random bits at its upper end; the second one fills the lower.
        (math_random() * SIZE) as u64 ^ (math_random() * SIZE) as u64 >> 32
    }

    fn lock(&self, job: Job, driver: &Arc<Driver<Self>>) {
        self.host(job, driver).lock(job.0, LOCK_WAIT as u32);
    }

    fn unlock(&self, job: Job) {
        self.host.unlock(job.0);
    }

    fn load(&self, job: Job, driver: &Arc<Driver<Self>>) {
        self.host(job, driver).load(job.0, STORE_LIMIT as u32);
    }

    fn save(&self, job: Job, write: Write, driver: &Arc<Driver<Self>>) {
        self.writes.put(job, write);
        self.host(job, driver).read(job.0, STORE_LIMIT as u32);
    }

    fn send(&self, job: Job, request: HttpRequest, driver: &Arc<Driver<Self>>) {
        self.sent.put(job, self.now());
        self.host(job, driver).send(job.0, REQUEST_LIMIT as u32, &request.url, init(&request).expose());
    }

    fn wake(&self, delay: Option<i64>, driver: &Arc<Driver<Self>>) {
        self.host.wake(delay.map_or(-1.0, |delay| delay as f64), driver.is_awaited());
    }

    fn announce(&self, hint: Hint) {
        self.host.announce(hint.as_str());
    }

    fn emit(&self, event: Event) {
        let mut events = self.events.lock();
        if events.len() == BACKLOG {
            events.pop_front();
        }
        events.push_back(event);
        drop(events);
        self.tell_later();
    }

    fn close(&self) {
        self.host.close();
    }

    fn publish(&self, current: Option<Current>) {
        let mut published = self.current.lock();
        let same = match (&*published, &current) {
            (Some(old), Some(new)) => old.is_same(new),
            (None, None) => true,
            _ => false,
        };
        if !same {
            *published = current;
            self.version.set(self.version.get().wrapping_add(1));
        }
    }
}

/// The request as `fetch` takes it, as JSON text. `keepalive` lets it outlive the page (R6); redirects are not followed
/// (Q1).
fn init(request: &HttpRequest) -> Secret {
    let headers = Writer::object()
        .text("accept", "application/json")
        .optional_text("content-type", request.content_type)
        .optional_text("authorization", request.authorization.as_ref().map(Secret::expose))
        .end();
    let init = Writer::object()
        .text("method", request.method.as_str())
        .raw("headers", &headers)
        .optional_text("body", request.body.as_ref().map(Secret::expose))
        .text("redirect", "manual")
        .text("cache", "no-store")
        .raw("keepalive", "true")
        .end();
    Secret::new(init)
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.host.close();
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser")
    }
}
