//! How tests move the world: time, sleep, death, and the short ways to common states.

use std::sync::Arc;

use super::rig::{HOUR, MINUTE, SECOND, Step, Tab, World};
use crate::core::{
    Policy,
    error::Error,
    machine::{Input, Need, Reply, State, Token, WaiterId},
    policy::DEFAULT_REFRESH_AHEAD,
};

/// More happenings than this at one moment, or in one run, mean that a machine spins.
pub(super) const MOST_AT_ONCE: u32 = 2_000;
const MOST_IN_ALL: u32 = 100_000;

impl World {
    /// Runs until nothing is due before `end`.
    pub(super) fn run_until(&mut self, end: i64) {
        self.drive_bounded(end, |_| false);
    }

    pub(super) fn run_for(&mut self, ms: i64) {
        self.run_until(self.now + ms);
    }

    /// Runs until the caller has an answer, which takes ten minutes at the very most.
    pub(super) fn run_until_answered(&mut self, waiter: WaiterId) -> String {
        self.drive_bounded(self.now + 10 * MINUTE, |world| !world.replies[&waiter].is_empty());
        self.outcome(waiter)
    }

    /// Runs until something of this kind has happened.
    pub(super) fn run_until_step(&mut self, step: Step) {
        let seen = self.trace.len();
        self.drive_bounded(self.now + HOUR, |world| world.trace[seen..].iter().any(|(_, done)| *done == step));
        assert!(self.trace[seen..].iter().any(|(_, done)| *done == step), "{step:?} does not happen");
    }

    /// Jumps from one due thing to the next. A machine that spins fails the test.
    fn drive_bounded(&mut self, end: i64, done: impl Fn(&Self) -> bool) {
        let (mut at_once, mut in_all) = (0, 0);
        while !done(self) {
            let Some(due) = self.next_due().filter(|due| *due <= end) else {
                self.now = end;
                return;
            };
            at_once = if due > self.now { 0 } else { at_once + 1 };
            in_all += 1;
            assert!(at_once < MOST_AT_ONCE && in_all < MOST_IN_ALL, "a machine spins: {:?}", self.agenda);
            self.now = self.now.max(due);
            match self.agenda.first_key_value() {
                Some(((at, _), _)) if *at <= self.now => {
                    let (_, happening) = self.agenda.pop_first().unwrap();
                    self.happen(happening);
                }
                _ => self.tick(),
            }
        }
    }

    fn next_due(&self) -> Option<i64> {
        let ticks = self.contexts.iter().filter(|context| context.alive && !context.asleep).filter_map(|c| c.wake);
        self.agenda.keys().map(|(at, _)| *at).next().into_iter().chain(ticks).min()
    }

    fn tick(&mut self) {
        let is_due = |tab: &usize| {
            let context = &self.contexts[*tab];
            context.alive && !context.asleep && context.wake.is_some_and(|wake| wake <= self.now)
        };
        let due: Vec<_> = (0..self.contexts.len()).filter(is_due).collect();
        for tab in due {
            self.input(Tab(tab), Input::Tick);
        }
    }

    /// A context with the default policy and a right clock, its store read.
    pub(super) fn open(&mut self) -> Tab {
        self.open_at(0)
    }

    /// A context whose wall clock is wrong by so many milliseconds.
    pub(super) fn open_at(&mut self, wall: i64) -> Tab {
        let tab = self.start(wall, Policy::new(DEFAULT_REFRESH_AHEAD, 0));
        self.run_for(self.store.latency);
        tab
    }

    /// A hidden context: it refreshes on demand only.
    pub(super) fn open_hidden(&mut self) -> Tab {
        let tab = self.start(0, Policy::new(DEFAULT_REFRESH_AHEAD, 0));
        self.hide(tab);
        self.run_for(self.store.latency);
        tab
    }

    /// A hidden context that has just signed in.
    pub(super) fn signed_in(&mut self) -> Tab {
        let tab = self.open_hidden();
        self.sign_in_as(tab, "demo");
        tab
    }

    pub(super) fn sign_in_as(&mut self, tab: Tab, user: &str) {
        let waiter = self.sign_in(tab, user, "secret");
        assert_eq!(self.run_until_answered(waiter), "signed-in");
        self.run_for(5);
        for context in &mut self.contexts {
            context.events.clear();
        }
        self.trace.clear();
    }

    pub(super) fn hide(&mut self, tab: Tab) {
        self.input(tab, Input::Look { visible: false });
    }

    pub(super) fn show(&mut self, tab: Tab) {
        self.input(tab, Input::Look { visible: true });
    }

    /// The context stops; one of its clocks may stop with it.
    pub(super) fn sleep(&mut self, tab: Tab, ms: i64, monotonic_stops: bool) {
        self.contexts[tab.0].asleep = true;
        self.run_for(ms);
        let context = &mut self.contexts[tab.0];
        context.asleep = false;
        if monotonic_stops {
            context.monotonic -= ms;
        }
        let parked = std::mem::take(&mut context.parked);
        self.input(tab, Input::Tick);
        for delivery in parked {
            self.deliver(tab, delivery);
        }
    }

    /// Somebody sets the wall clock.
    pub(super) fn set_clock(&mut self, tab: Tab, by: i64) {
        self.contexts[tab.0].wall += by;
    }

    /// The context is gone: what it waited for is dropped, its lock is released. What it sent is under way.
    pub(super) fn kill(&mut self, tab: Tab) {
        self.contexts[tab.0].alive = false;
        self.lock.forget(tab);
        self.grant_lock();
    }

    /// Asks for a token and waits for the answer.
    pub(super) fn get(&mut self, tab: Tab, need: Need) -> String {
        let waiter = self.want(tab, need);
        self.run_until_answered(waiter)
    }

    /// The token that a caller was given.
    pub(super) fn token(&self, waiter: WaiterId) -> Arc<Token> {
        match &self.replies[&waiter][..] {
            [Ok(Reply::Token(token))] => Arc::clone(token),
            other => panic!("{waiter:?} has no token but {other:?}"),
        }
    }

    pub(super) fn error(&self, waiter: WaiterId) -> &Error {
        match &self.replies[&waiter][..] {
            [Err(error)] => error,
            other => panic!("{waiter:?} has no error but {other:?}"),
        }
    }

    pub(super) fn state(&self, tab: Tab) -> Option<State> {
        self.contexts[tab.0].machine.state()
    }

    pub(super) fn generation(&self, tab: Tab) -> Option<u64> {
        self.state(tab).map(|state| state.stamp.generation)
    }

    /// The events since the last call.
    pub(super) fn events(&mut self, tab: Tab) -> Vec<String> {
        std::mem::take(&mut self.contexts[tab.0].events)
    }

    /// A session that is beyond its expiry line, in a hidden context.
    pub(super) fn expired(&mut self) -> Tab {
        let tab = self.signed_in();
        self.run_for(self.server.lifetime * SECOND);
        tab
    }
}
