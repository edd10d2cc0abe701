//! The browser as a platform.

use std::{cell::RefCell, fmt, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Date, Math};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{
    bindings::{Connection, connect, performance_now},
    transport,
};
use crate::{
    core::{
        Event, Hint, Now,
        http::{HttpAnswer, HttpRequest, TransportError},
        machine::Current,
    },
    driver::{Platform, Session},
    send::{BoxFuture, boxed},
};

type Observer = Rc<dyn Fn(&Event)>;

/// The platform of browsers, workers and Node.
#[derive(Default)]
pub struct Browser {
    current: RefCell<Published>,
    observers: RefCell<Vec<Observer>>,
    connection: RefCell<Option<Connected>>,
}

/// The token in use; the version tells a face that it must fetch it anew.
#[derive(Default)]
struct Published {
    current: Option<Current>,
    version: u32,
}

/// Listeners to the page's life and to the other tabs, taken off on drop.
struct Connected {
    connection: Connection,
    _look: Closure<dyn FnMut(bool)>,
    _hint: Closure<dyn FnMut(String)>,
}

impl Browser {
    /// Calls `observer` for every event from now on.
    pub(super) fn observe(&self, observer: impl Fn(&Event) + 'static) {
        self.observers.borrow_mut().push(Rc::new(observer));
    }

    /// Looks at the token in use and its version.
    pub(super) fn with_current<T>(&self, look: impl FnOnce(Option<&Current>, u32) -> T) -> T {
        let published = self.current.borrow();
        look(published.current.as_ref(), published.version)
    }

    /// Takes listeners and channel off.
    pub(super) fn disconnect(&self) {
        self.connection.take();
    }
}

impl Session<Browser> {
    /// Calls `observer` for every event from now on, each in a task of its own.
    pub fn observe(&self, observer: impl Fn(&Event) + 'static) {
        self.platform().observe(observer);
    }

    /// Listens to the page's life and, for a shared store, to the other contexts. The listeners hold the session
    /// loosely: they end with its last handle.
    pub(super) fn connect(&self, shared_name: Option<&str>) {
        let (looked, hinted) = (self.downgrade(), self.downgrade());
        let look = Closure::new(move |visible| {
            if let Some(session) = looked.upgrade() {
                session.look(visible);
            }
        });
        let hint = Closure::new(move |text: String| {
            if let Some(session) = hinted.upgrade() {
                session.hint(Hint::parse(&text));
            }
        });
        let connection = connect(shared_name, look.as_ref().unchecked_ref(), hint.as_ref().unchecked_ref());
        let connected = Connected { connection, _look: look, _hint: hint };
        self.platform().connection.replace(Some(connected));
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.connection.close();
    }
}

impl Platform for Browser {
    fn now(&self) -> Now {
        Now { wall: Date::now() as i64, monotonic: performance_now() as i64 }
    }

    fn random(&self) -> u128 {
        // Names and jitter are no secrets, so the engine's own generator will do.
        const SIZE: f64 = 18_446_744_073_709_551_616.0;
        let half = || (Math::random() * SIZE) as u64;
        u128::from(half()) << 64 | u128::from(half().rotate_left(32))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        spawn_local(task);
    }

    fn sleep(&self, ms: i64) -> BoxFuture<'static, ()> {
        boxed(TimeoutFuture::new(u32::try_from(ms.max(0)).unwrap_or(u32::MAX)))
    }

    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        boxed(transport::send(request))
    }

    fn announce(&self, hint: Hint) {
        if let Some(connected) = &*self.connection.borrow() {
            connected.connection.announce(hint.as_str());
        }
    }

    fn emit(&self, event: Event) {
        let observers = self.observers.borrow().clone();
        // Observers run on their own: they may call the session, which is busy here.
        self.spawn(boxed(async move {
            for observer in observers {
                observer(&event);
            }
        }));
    }

    fn publish(&self, current: Option<Current>) {
        let mut published = self.current.borrow_mut();
        let same = match (&published.current, &current) {
            (Some(old), Some(new)) => old.is_same(new),
            (None, None) => true,
            _ => false,
        };
        if !same {
            *published = Published { current, version: published.version.wrapping_add(1) };
        }
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser")
    }
}
