//! Simulation: random schedules over the real driver, on a virtual clock, a network that fails and a store that is slow.
//!
//! What a schedule does comes from its seed alone. A schedule that breaks a rule prints its seed, and
//! `EVERTOKEN_SEED=…` runs that one again. `EVERTOKEN_LONG=1` runs many more.

mod tab;
mod world;

use std::{
    env,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    thread,
};

use self::{
    tab::Tab,
    world::{Happening, World},
};
use super::Session;
use crate::core::{
    Error, SessionId,
    backend::Credentials,
    machine::{
        Need,
        tests::model::server::{Codec, Reuse},
    },
};

const MINUTE: i64 = 60_000;

/// More in one schedule means that something loops.
const MOST_HAPPENINGS: u32 = 20_000;

type Wait = Pin<Box<dyn Future<Output = Result<Option<SessionId>, Error>>>>;

/// A future of the session that somebody polls, or drops.
struct Caller {
    at: usize,
    wait: Wait,
    /// The session it came under.
    session: Option<SessionId>,
}

struct Simulation {
    shared: Arc<Mutex<World>>,
    sessions: Vec<Option<Session<Tab>>>,
    callers: Vec<Caller>,
    happenings: u32,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let reuse = [Reuse::Ends, Reuse::IsRefused, Reuse::IsForgiven(20_000)][(seed % 3) as usize];
        let trouble = [0, 5, 20, 50][(seed / 3 % 4) as usize];
        let shared = Arc::new(Mutex::new(World::new(seed, reuse, trouble)));
        let mut simulation = Self { shared, sessions: Vec::new(), callers: Vec::new(), happenings: 0 };
        for _ in 0..=seed % 3 {
            simulation.open();
        }
        simulation.sign_in(0);
        simulation.run_for(1_000);
        simulation
    }

    fn tab(&self, at: usize) -> Tab {
        Tab { shared: Arc::clone(&self.shared), at }
    }

    fn open(&mut self) {
        let at = self.sessions.len();
        self.tab(at).world().add_context();
        self.sessions.push(Some(Session::start(self.tab(at), Box::new(Codec), MINUTE, true)));
    }

    fn call(&mut self, at: usize, wait: impl FnOnce(Session<Tab>) -> Wait) {
        if let Some(session) = self.sessions[at].clone() {
            let under = session.state().map(|state| state.stamp.session);
            self.callers.push(Caller { at, wait: wait(session), session: under });
            self.poll();
        }
    }

    fn want(&mut self, at: usize, need: Need) {
        self.call(at, |session| {
            Box::pin(async move { session.token(need).await.map(|token| Some(token.stamp.session)) })
        });
    }

    fn sign_in(&mut self, at: usize) {
        let credentials = Credentials::new("user", "secret");
        self.call(at, |session| Box::pin(async move { session.sign_in(&credentials).await.map(|()| None) }));
    }

    fn sign_out(&mut self, at: usize) {
        self.tab(at).world().contexts[at].told_to_end = true;
        self.call(at, |session| Box::pin(async move { session.sign_out().await.map(|_| None) }));
    }

    /// Callers that have their answer go; none has a token of another session.
    fn poll(&mut self) {
        self.callers.retain_mut(|caller| match caller.wait.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => true,
            Poll::Ready(outcome) => {
                if let (Some(asked), Ok(Some(got))) = (caller.session, outcome) {
                    assert_eq!(asked, got, "the token of another session");
                }
                false
            }
        });
    }

    fn run_for(&mut self, ms: i64) {
        let end = self.shared.lock().unwrap().now + ms;
        loop {
            let mut world = self.shared.lock().unwrap();
            let due = world.agenda.first_key_value().map(|(key, _)| *key).filter(|(due, _)| *due <= end);
            let Some(key) = due else {
                world.now = end;
                return;
            };
            let (at, driver, happening) = world.agenda.remove(&key).unwrap();
            world.now = world.now.max(key.0);
            let thaw = world.contexts[at].frozen_until - world.now;
            let input = if thaw > 0 {
                world.after(thaw, at, &driver, happening);
                None
            } else {
                let alive = world.contexts[at].alive;
                let reaches = alive || matches!(happening, Happening::Arrive(..));
                reaches.then(|| world.happen(at, &driver, happening)).flatten().filter(|_| alive)
            };
            drop(world);
            if let Some(input) = input {
                driver.handle(input);
                self.poll();
            }
            self.happenings += 1;
            assert!(self.happenings < MOST_HAPPENINGS, "something loops");
        }
    }

    fn act(&mut self) {
        let (kind, at, time) = {
            let mut world = self.shared.lock().unwrap();
            (world.below(20), world.below(self.sessions.len() as u64) as usize, world.below(400_000) as i64)
        };
        match kind {
            0..=4 => self.want(at, Need::Live),
            5 => self.want(at, Need::Fresh),
            6 => self.want(at, Need::Refresh),
            7 => {
                if let Some(state) = self.sessions[at].as_ref().and_then(Session::state) {
                    self.want(at, Need::Newer { than: state.stamp });
                }
            }
            8 if !self.callers.is_empty() => {
                let gone = at % self.callers.len();
                drop(self.callers.swap_remove(gone));
            }
            9 => self.kill(at),
            10 if self.sessions.iter().flatten().count() < 4 => self.open(),
            11 => self.tab(at).world().freeze(at, time / 4),
            12 if time % 4 == 0 => self.sign_in(at),
            13 if time % 4 == 0 => self.sign_out(at),
            14 => self.sessions[at].iter().for_each(|session| session.look(time % 2 == 0)),
            15 if time % 8 == 0 => self.tab(at).world().wall += 60 * MINUTE * (1 - time / 200_000 * 2),
            16 | 17 => self.run_for(time),
            _ => self.run_for(time / 2_000),
        }
    }

    /// The context is gone: only what it has sent goes on.
    fn kill(&mut self, at: usize) {
        let tab = self.tab(at);
        tab.world().contexts[at].alive = false;
        tab.world().unlock(at, None);
        self.callers.retain(|caller| caller.at != at);
        self.sessions[at] = None;
    }

    /// From now on nothing goes wrong: everybody gets an answer.
    fn calm_down(&mut self) {
        {
            let mut world = self.shared.lock().unwrap();
            world.trouble = 0;
            let now = world.now;
            world.contexts.iter_mut().for_each(|context| context.frozen_until = context.frozen_until.min(now));
        }
        self.run_for(3 * MINUTE);
        assert!(self.callers.is_empty(), "{} callers have no answer", self.callers.len());
    }
}

impl World {
    fn freeze(&mut self, at: usize, ms: i64) {
        self.contexts[at].frozen_until = self.now + ms;
    }
}

/// Says which schedule it was.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("this schedule again: EVERTOKEN_SEED={}", self.0);
        }
    }
}

fn schedule(seed: u64) {
    let _named = Named(seed);
    let mut simulation = Simulation::new(seed);
    let trouble = simulation.shared.lock().unwrap().trouble;
    for _ in 0..60 {
        simulation.act();
    }
    simulation.calm_down();
    let world = simulation.shared.lock().unwrap();
    let mut contexts = world.contexts.iter();
    let excused = trouble > 0 || contexts.any(|context| !context.alive || context.told_to_end);
    assert!(excused || !world.refused, "a token is refused although nothing went wrong and nobody signed out");
}

#[test]
fn random_schedules_keep_the_rules() {
    if let Some(seed) = env::var("EVERTOKEN_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return schedule(seed);
    }
    let schedules = if env::var_os("EVERTOKEN_LONG").is_some() { 30_000 } else { 3_000 };
    println!("schedules 0 to {schedules}");
    (0..schedules).for_each(schedule);
}
