//! The browser as a platform.

use std::{
    cell::{Cell, OnceCell, RefCell},
    fmt,
    rc::Rc,
    sync::{Arc, Weak},
};

use super::{
    host::{Done, Host, JsStore, create_host, date_now, math_random, performance_now},
    results::deliver,
};
use crate::{
    core::{
        Event, Hint, Now, Secret, Write,
        http::HttpRequest,
        json::Writer,
        machine::{Current, Job, LOCK_WAIT, REQUEST_LIMIT},
    },
    driver::{Driver, Effect, Platform, Session},
};

type Observer = Rc<dyn Fn(&Event)>;

/// The platform of browsers, workers and Node.
pub struct Browser {
    pub(super) host: Host,
    driver: Rc<OnceCell<Weak<Driver<Browser>>>>,
    /// Takes the host's results for as long as the platform lives.
    _done: Done,
    current: RefCell<Option<Current>>,
    /// Counts the tokens, so that a face knows when to fetch the next one.
    version: Cell<u32>,
    observers: RefCell<Vec<Observer>>,
    events: RefCell<Vec<Event>>,
    /// Writes whose store is being read.
    pub(super) writes: RefCell<Vec<(Job, Write)>>,
    /// Requests that are under way, with the moment they left.
    pub(super) sent: RefCell<Vec<(Job, Now)>>,
}

impl Browser {
    pub(super) fn new(store: &JsStore, shared_name: Option<&str>) -> Self {
        let driver = Rc::<OnceCell<Weak<Driver<Self>>>>::default();
        let target = Rc::clone(&driver);
        let done = Done::new(move |kind, job, ok, text| {
            // A session that nobody holds any more has no use for results.
            if let Some(driver) = target.get().and_then(Weak::upgrade) {
                deliver(&driver, kind, Job(job), ok, text);
            }
        });
        Self {
            host: create_host(store, shared_name, &done),
            driver,
            _done: done,
            current: RefCell::default(),
            version: Cell::default(),
            observers: RefCell::default(),
            events: RefCell::default(),
            writes: RefCell::default(),
            sent: RefCell::default(),
        }
    }

    /// Looks at the token in use and its version.
    pub(super) fn with_current<T>(&self, look: impl FnOnce(Option<&Current>, u32) -> T) -> T {
        look(self.current.borrow().as_ref(), self.version.get())
    }

    /// Tells the observers what has happened. They may call the session: it is not busy now.
    pub(super) fn tell_observers(&self) {
        let observers = self.observers.borrow().clone();
        for event in self.events.take() {
            for observer in &observers {
                observer(&event);
            }
        }
    }
}

impl Session<Browser> {
    /// Calls `observer` for every event from now on.
    pub fn observe(&self, observer: impl Fn(&Event) + 'static) {
        self.platform().observers.borrow_mut().push(Rc::new(observer));
    }
}

impl Platform for Browser {
    fn now(&self) -> Now {
        Now { wall: date_now() as i64, monotonic: performance_now() as i64 }
    }

    fn random(&self) -> u128 {
        // Names and jitter are no secrets, so the engine's own generator will do.
        const SIZE: f64 = 18_446_744_073_709_551_616.0;
        let half = || (math_random() * SIZE) as u64;
        u128::from(half()) << 64 | u128::from(half().rotate_left(32))
    }

    fn begin(&self, effect: Effect, driver: &Arc<Driver<Self>>) {
        // The first effect comes before the first result.
        self.driver.get_or_init(|| Arc::downgrade(driver));
        match effect {
            Effect::Lock(job) => self.host.lock(job.0, LOCK_WAIT as u32),
            Effect::Load(job) => self.host.load(job.0),
            Effect::Save(job, write) => {
                self.writes.borrow_mut().push((job, write));
                self.host.read(job.0);
            }
            Effect::Send(job, request) => {
                self.sent.borrow_mut().push((job, self.now()));
                self.host.send(job.0, REQUEST_LIMIT as u32, &request.url, init(&request).expose());
            }
        }
    }

    fn unlock(&self, job: Job) {
        self.host.unlock(job.0);
    }

    fn wake(&self, delay: Option<i64>, _: &Arc<Driver<Self>>) {
        self.host.wake(delay.map_or(-1.0, |delay| delay as f64));
    }

    fn announce(&self, hint: Hint) {
        self.host.announce(hint.as_str());
    }

    fn emit(&self, event: Event) {
        self.events.borrow_mut().push(event);
        self.host.later();
    }

    fn publish(&self, current: Option<Current>) {
        let mut published = self.current.borrow_mut();
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
