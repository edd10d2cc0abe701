//! A simulated context as a platform.

use std::sync::{Arc, Mutex, MutexGuard};

use super::world::{Happening, Machinery, World};
use crate::{
    core::{
        Event, Hint, Now, Write,
        http::HttpRequest,
        machine::{Current, Job, LOCK_WAIT, tests::model::server::Errand},
    },
    driver::Platform,
};

#[derive(Clone)]
pub(super) struct Tab {
    pub(super) shared: Arc<Mutex<World>>,
    pub(super) at: usize,
}

impl Tab {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.lock().expect("no rule was broken before")
    }
}

impl Platform for Tab {
    fn now(&self) -> Now {
        self.world().clock()
    }

    fn random(&self) -> u64 {
        self.world().entropy()
    }

    fn lock(&self, job: Job, driver: &Machinery) {
        let mut world = self.world();
        world.after(LOCK_WAIT, self.at, driver, Happening::GiveUpLock(job));
        world.wait_for_lock(self.at, job, driver);
    }

    fn unlock(&self, job: Job) {
        self.world().unlock(self.at, Some(job));
    }

    fn load(&self, job: Job, driver: &Machinery) {
        let mut world = self.world();
        world.contexts[self.at].driver = Some(Arc::clone(driver));
        let delay = world.store_delay(self.at);
        world.after(delay, self.at, driver, Happening::Read(job));
    }

    fn save(&self, job: Job, write: Write, driver: &Machinery) {
        let mut world = self.world();
        let delay = world.store_delay(self.at);
        world.after(delay, self.at, driver, Happening::Apply(job, write));
    }

    fn send(&self, job: Job, request: HttpRequest, driver: &Machinery) {
        self.world().send(self.at, driver, job, Errand::of(&request));
    }

    fn wake(&self, delay: Option<i64>, driver: &Machinery) {
        let mut world = self.world();
        let context = &mut world.contexts[self.at];
        context.timer += 1;
        let timer = context.timer;
        if let Some(delay) = delay {
            world.after(delay, self.at, driver, Happening::Tick(timer));
        }
    }

    fn announce(&self, hint: Hint) {
        self.world().announce(self.at, hint);
    }

    fn emit(&self, event: Event) {
        self.world().emit(self.at, &event);
    }

    fn publish(&self, current: Option<Current>) {
        self.world().publish(self.at, current);
    }
}
