//! The browser as a platform.

use std::{
    cell::OnceCell,
    collections::VecDeque,
    fmt,
    rc::Rc,
    sync::{Arc, Weak},
};

use wasm_bindgen::closure::Closure;

use super::{
    host::{Done, Host, JsStore, create_host, date_now, later, math_random, performance_now},
    random_bits,
    results::{Report, Store, Writes},
};
use crate::{
    core::{
        Event, Hint, Now, Secret, Write,
        http::{HttpRequest, REQUEST_LIMIT},
        machine::{Current, Job, LOCK_WAIT, STORE_LIMIT},
    },
    driver::{Driver, Parked, Platform, Session},
    send::Exclusive,
};

type Observer = Rc<dyn Fn(&Event)>;

/// Events that are kept for the first observer.
const BACKLOG: usize = 64;

/// The platform of browsers, workers and Node.
pub struct Browser {
    pub(super) host: Host,
    driver: Rc<OnceCell<Weak<Driver<Self>>>>,
    /// Takes the host's results for as long as the platform lives.
    _done: Done,
    current: Exclusive<Option<Current>>,
    observers: Exclusive<Vec<Observer>>,
    events: Exclusive<VecDeque<Event>>,
    /// Keeps the session alive while something is under way, whoever has let go of it (R6).
    working: Parked<Job, Arc<Driver<Self>>>,
    writes: Writes,
}

impl Browser {
    pub(super) fn new(store: &JsStore) -> Self {
        let driver = Rc::<OnceCell<Weak<Driver<Self>>>>::default();
        let target = Rc::clone(&driver);
        let done = Done::new(move |kind, job, ok, text: Option<String>, status, date, retry_after| {
            // A session that nobody holds any more has no use for results.
            if let Some(driver) = target.get().and_then(Weak::upgrade) {
                let text = text.map(Secret::from);
                let report = Report { kind, job: Job(job), ok, text, status, date, retry_after };
                driver.platform.deliver(&driver, report);
            }
        });
        Self {
            host: create_host(store, &done),
            driver,
            _done: done,
            current: Exclusive::default(),
            observers: Exclusive::default(),
            events: Exclusive::default(),
            working: Parked::default(),
            writes: Writes::default(),
        }
    }

    /// The host, for an effect of this job whose result comes back to the driver.
    fn host(&self, job: Job, driver: &Arc<Driver<Self>>) -> &Host {
        self.driver.get_or_init(|| Arc::downgrade(driver));
        self.working.put(job, Arc::clone(driver));
        &self.host
    }

    fn deliver(&self, driver: &Arc<Driver<Self>>, report: Report) {
        let (job, goes_on) = (report.job, report.goes_on());
        if let Some(input) = self.writes.input(self, report) {
            if !goes_on {
                self.working.take(&job);
            }
            driver.handle(input);
        }
    }

    /// Looks at the token in use.
    pub(super) fn with_current<T>(&self, look: impl FnOnce(Option<&Current>) -> T) -> T {
        look(self.current.lock().as_ref())
    }

    /// Has the observers told, once the machine is not busy.
    fn tell_later(&self) {
        if let Some(driver) = self.driver.get().and_then(Weak::upgrade) {
            later(&Closure::once_into_js(move || driver.platform.tell_observers()));
        }
    }

    /// Tells the observers what has happened. They may call the session: it is not busy now.
    fn tell_observers(&self) {
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

impl Store for Browser {
    fn read(&self, job: Job) {
        self.host.read(job.0, STORE_LIMIT as u32);
    }

    fn swap(&self, job: Job, present: Option<&str>, next: Option<&str>, set_aside: bool) {
        self.host.swap(job.0, STORE_LIMIT as u32, set_aside, present, next);
    }
}

impl Platform for Browser {
    fn now(&self) -> Now {
        Now { wall: date_now() as i64, monotonic: performance_now() as i64 }
    }

    fn random(&self) -> u64 {
        random_bits(math_random)
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
        self.writes.0.put(job, write);
        self.host(job, driver).read(job.0, STORE_LIMIT as u32);
    }

    fn send(&self, job: Job, request: HttpRequest, driver: &Arc<Driver<Self>>) {
        self.host(job, driver).send(
            job.0,
            REQUEST_LIMIT as u32,
            &request.method,
            request.url.expose(),
            request.body.as_ref().map(Secret::expose),
            request.headers.iter().flat_map(|(name, value)| [name.into(), value.expose().into()]).collect(),
        );
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
        *self.current.lock() = current;
    }
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
