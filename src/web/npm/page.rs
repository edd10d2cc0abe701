//! The page as a platform.

use alloc::sync::Arc;

use super::imports::{self, say, say_error, say_optional};
use crate::{
    core::{
        Error, Event, Hint, Now, Revocation, Secret, Write,
        http::{HttpRequest, REQUEST_LIMIT},
        machine::{Current, Job, LOCK_WAIT, Reply, STORE_LIMIT, Token, WaiterId},
    },
    driver::{Driver, Platform},
    send::Exclusive,
    web::{
        random_bits,
        results::{Store, Writes},
    },
};

/// What `js/host.js` does, by way of the imports.
#[derive(Default)]
pub(super) struct Page {
    pub(super) current: Exclusive<Option<Current>>,
    pub(super) writes: Writes,
}

impl Store for Page {
    fn read(&self, job: Job) {
        imports::read(job.0, STORE_LIMIT as u32);
    }

    fn swap(&self, job: Job, present: Option<&str>, next: Option<&str>, set_aside: bool) {
        say_optional(present);
        say_optional(next);
        imports::swap(job.0, STORE_LIMIT as u32, set_aside);
    }
}

impl Platform for Page {
    fn now(&self) -> Now {
        Now { wall: imports::wall() as i64, monotonic: imports::monotonic() as i64 }
    }

    fn random(&self) -> u64 {
        random_bits(|| imports::random())
    }

    fn lock(&self, job: Job, _: &Arc<Driver<Self>>) {
        imports::lock(job.0, LOCK_WAIT as u32);
    }

    fn unlock(&self, job: Job) {
        imports::unlock(job.0);
    }

    fn load(&self, job: Job, _: &Arc<Driver<Self>>) {
        imports::load(job.0, STORE_LIMIT as u32);
    }

    fn save(&self, job: Job, write: Write, _: &Arc<Driver<Self>>) {
        self.writes.0.put(job, write);
        imports::read(job.0, STORE_LIMIT as u32);
    }

    fn send(&self, job: Job, request: HttpRequest, _: &Arc<Driver<Self>>) {
        say(&request.method);
        say(request.url.expose());
        say_optional(request.body.as_ref().map(Secret::expose));
        for (name, value) in &request.headers {
            say(name);
            say(value.expose());
        }
        imports::send(job.0, REQUEST_LIMIT as u32);
    }

    fn wake(&self, delay: Option<i64>, _: &Arc<Driver<Self>>) {
        imports::wake(delay.map_or(-1.0, |delay| delay as f64));
    }

    fn announce(&self, hint: Hint) {
        say(hint.as_str());
        imports::announce();
    }

    fn emit(&self, event: Event) {
        // The kinds are counted in the order of `EVENTS` in core.js.
        let (kind, number) = match event {
            Event::SignedIn { generation } => (0, generation as f64),
            Event::Refreshed { generation } => (1, generation as f64),
            Event::SignedOut { reason } => {
                say(reason.code());
                (2, 0.0)
            }
            Event::RefreshFailed { error, retry_in } => {
                say_error(&error);
                (3, retry_in.0 as f64)
            }
            Event::StoreFailed { error } => {
                say_error(&error);
                (4, 0.0)
            }
        };
        imports::emit(kind, number);
    }

    fn publish(&self, current: Option<Current>) {
        let mut published = self.current.lock();
        if !Current::is_same(published.as_ref(), current.as_ref()) {
            if let Some(current) = &current {
                say_token(&current.token);
            }
            imports::publish();
            *published = current;
        }
    }

    fn answer(&self, waiter: WaiterId, reply: Result<Reply, Error>, _: &Driver<Self>) {
        // Counted as in `answer` of core.js.
        let outcome = match reply {
            Err(error) => {
                say_error(&error);
                0
            }
            Ok(Reply::Token(token)) => {
                say_token(&token);
                1
            }
            Ok(Reply::SignedIn) => 1,
            Ok(Reply::SignedOut(Revocation::Done)) => 2,
            Ok(Reply::SignedOut(Revocation::NotSupported)) => 3,
            Ok(Reply::SignedOut(Revocation::Failed(error))) => {
                say_error(&error);
                4
            }
        };
        imports::answer(waiter.0 as u32, outcome);
    }
}

fn say_token(token: &Token) {
    say(token.access.expose());
    imports::bearer(token.stamp.session.number(), token.stamp.generation as f64, imports::optional(token.skew));
}
