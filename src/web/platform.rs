//! The browser as a platform.

use std::{cell::RefCell, fmt, rc::Rc};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Date, Math};
use wasm_bindgen_futures::spawn_local;

use super::{
    channel::Channel,
    global::{global, performance_now},
    lifecycle::Lifecycle,
    transport,
};
use crate::{
    core::{
        Event, Hint, Now,
        http::{HttpAnswer, HttpRequest, TransportError},
        machine::Current,
    },
    driver::Platform,
    send::{BoxFuture, boxed},
};

type Observer = Rc<dyn Fn(&Event)>;

/// The platform of browsers, workers and Node.
#[derive(Default)]
pub struct Browser {
    current: RefCell<Published>,
    observers: RefCell<Vec<Observer>>,
    pub(super) channel: RefCell<Option<Channel>>,
    pub(super) lifecycle: RefCell<Option<Lifecycle>>,
}

/// The token in use; the version tells a face that it must fetch it anew.
#[derive(Default)]
struct Published {
    current: Option<Current>,
    version: u32,
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

    /// Lets go of listeners and channel.
    pub(super) fn disconnect(&self) {
        self.channel.take();
        self.lifecycle.take();
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
        if let Some(channel) = &*self.channel.borrow() {
            channel.post(hint.as_str());
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

/// Whether the user can see this context; without a document there is nothing to hide.
pub(super) fn is_visible() -> bool {
    global().document().is_none_or(|document| document.visibility_state() != "hidden")
}
