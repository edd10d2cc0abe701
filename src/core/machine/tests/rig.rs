//! Machines that share a store, a lock and a server, on virtual time.
//!
//! The world carries out what the machines ask for, delivers the results later, and jumps from one due moment to the
//! next. Whatever a test does, some rules are checked on the way: a refresh is sent under the lock only (unless its
//! session never reached the store), never two at a time by one context, never with a refresh token whose successor
//! the context has received, and nobody gets a token that is not durable.

use std::collections::{BTreeMap, HashMap};

use super::{
    context::{Context, Delivery, told, worded},
    server::{Kind, Server, kind, refresh_token, successor},
    store::{Lock, Store},
};
use crate::core::{
    Policy,
    backend::{Credentials, Grant, SimpleJwt},
    error::Error,
    event::Hint,
    http::{HttpRequest, REQUEST_LIMIT, TransportError},
    machine::{Input, Job, LOCK_WAIT, LockFailure, Machine, Need, Output, Reply, WaiterId},
    record::{Saved, Write},
};

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;

/// Names a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tab(pub(super) usize);

/// What happens later.
#[derive(Debug)]
pub(super) enum Happening {
    /// A request reaches the server.
    Arrive(Tab, Job, HttpRequest),
    /// A request's time limit; its answer may still come.
    RunOut(Tab, Job),
    Read(Tab, Job),
    Apply(Tab, Job, Write),
    Deliver(Tab, Delivery),
    GiveUpLock(Tab, Job),
    Hear(Tab, Hint),
}

/// What happened, for tests of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Locked,
    Unlocked,
    Sent(Kind),
    Heard(Kind),
    Stored,
    Announced,
    Answered(WaiterId),
}

pub(super) struct World {
    pub(super) now: i64,
    pub(super) server: Server,
    pub(super) store: Store,
    pub(super) lock: Lock,
    /// Whether contexts hear each other.
    pub(super) hints: bool,
    pub(super) contexts: Vec<Context>,
    pub(super) agenda: BTreeMap<(i64, u64), Happening>,
    pub(super) replies: HashMap<WaiterId, Vec<Result<Reply, Error>>>,
    pub(super) trace: Vec<(Tab, Step)>,
    serial: u64,
    random: u64,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            now: 0,
            server: Server::new(),
            store: Store::new(),
            lock: Lock::default(),
            hints: true,
            contexts: Vec::new(),
            agenda: BTreeMap::new(),
            replies: HashMap::new(),
            trace: Vec::new(),
            serial: 0,
            random: 0,
        }
    }

    /// A new context whose wall clock is wrong by `wall` milliseconds; nothing is delivered to it yet.
    pub(super) fn start(&mut self, wall: i64, policy: Policy) -> Tab {
        let backend = SimpleJwt::new("https://api.example.com/api/token/").unwrap();
        self.contexts.push(Context::new(Machine::new(Box::new(backend), policy), wall));
        let tab = Tab(self.contexts.len() - 1);
        self.input(tab, Input::Start);
        tab
    }

    pub(super) fn input(&mut self, tab: Tab, input: Input) {
        if !self.contexts[tab.0].alive {
            return;
        }
        let entropy = self.entropy();
        for output in self.contexts[tab.0].handle(self.now, entropy, input) {
            self.perform(tab, output);
        }
    }

    /// Splitmix64: the same in every run.
    fn entropy(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
    }

    fn perform(&mut self, tab: Tab, output: Output) {
        match output {
            Output::Lock(job) => self.take_lock(tab, job),
            Output::Unlock(job) => {
                self.trace.push((tab, Step::Unlocked));
                self.lock.release(tab, job);
                self.grant_lock();
            }
            Output::Load(job) => self.after(self.store.latency / 2, Happening::Read(tab, job)),
            Output::Save(job, write) => self.after(self.store.latency / 2, Happening::Apply(tab, job, write)),
            Output::Send(job, request) => self.send(tab, job, request),
            Output::Announce(hint) => {
                self.trace.push((tab, Step::Announced));
                let others = if self.hints { self.contexts.len() } else { 0 };
                for other in (0..others).filter(|other| *other != tab.0) {
                    self.after(1, Happening::Hear(Tab(other), hint));
                }
            }
            Output::Answer(waiter, reply) => {
                if let Ok(Reply::Token(token)) = &reply {
                    assert!(self.store.vouches_for(token.stamp), "R3: a token is used before it is stored");
                }
                self.trace.push((tab, Step::Answered(waiter)));
                self.replies.entry(waiter).or_default().push(reply);
            }
            Output::Emit(event) => self.contexts[tab.0].events.push(told(&event)),
        }
    }

    fn after(&mut self, delay: i64, happening: Happening) {
        self.serial += 1;
        self.agenda.insert((self.now.saturating_add(delay), self.serial), happening);
    }

    fn take_lock(&mut self, tab: Tab, job: Job) {
        if let Some(failure) = self.lock.fault.take() {
            self.after(1, Happening::Deliver(tab, Delivery::Locked(job, Err(failure))));
        } else if self.lock.request(tab, job) {
            self.after(1, Happening::Deliver(tab, Delivery::Locked(job, Ok(()))));
        } else {
            self.after(LOCK_WAIT, Happening::GiveUpLock(tab, job));
        }
    }

    pub(super) fn grant_lock(&mut self) {
        if let Some((tab, job)) = self.lock.grant() {
            self.after(1, Happening::Deliver(tab, Delivery::Locked(job, Ok(()))));
        }
    }

    fn send(&mut self, tab: Tab, job: Job, request: HttpRequest) {
        self.trace.push((tab, Step::Sent(kind(&request))));
        let others = self.contexts.len() > 1;
        let context = &mut self.contexts[tab.0];
        if kind(&request) == Kind::Refresh {
            let token = refresh_token(&request);
            let own = context.machine.state().is_some_and(|state| self.store.never_held(state.stamp.session));
            assert!(own || self.lock.is_held_by(tab, job), "R2: a refresh is sent without the lock");
            assert!(context.refreshing.is_none(), "R2: two refreshes are under way in one context");
            let unaware = self.store.unreliable && others;
            assert!(unaware || !context.consumed.contains(&token), "R4: a consumed refresh token is sent again");
            context.refreshing = Some(job);
            context.carried.insert(job, token);
        }
        context.unanswered.insert(job);
        self.after(REQUEST_LIMIT, Happening::RunOut(tab, job));
        self.after(self.server.latency / 2, Happening::Arrive(tab, job, request));
    }

    /// Carries out one thing of the agenda.
    pub(super) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrive(tab, job, request) => {
                let back = self.server.latency - self.server.latency / 2;
                if let Some(answer) = self.server.answer(self.now, &request) {
                    self.after(back, Happening::Deliver(tab, Delivery::Answered(job, answer)));
                }
            }
            Happening::RunOut(tab, job) => {
                if self.contexts[tab.0].unanswered.contains(&job) {
                    self.deliver(tab, Delivery::Answered(job, Err(TransportError::TimedOut)));
                }
            }
            // A dead context's operations on the store may or may not have happened; here they have not.
            Happening::Read(tab, _) | Happening::Apply(tab, ..) if !self.contexts[tab.0].alive => {}
            Happening::Read(tab, job) => {
                let delivery = Delivery::Loaded(job, self.store.load());
                self.after(self.store.latency / 2, Happening::Deliver(tab, delivery));
            }
            Happening::Apply(tab, job, write) => {
                let delivery = Delivery::Saved(job, self.store.save(&write));
                self.after(self.store.latency / 2, Happening::Deliver(tab, delivery));
            }
            Happening::Deliver(tab, delivery) => self.deliver(tab, delivery),
            Happening::GiveUpLock(tab, job) => {
                if self.lock.give_up(tab, job) {
                    self.deliver(tab, Delivery::Locked(job, Err(LockFailure::TimedOut)));
                }
            }
            Happening::Hear(tab, hint) if !self.contexts[tab.0].asleep => self.input(tab, Input::Hint(hint)),
            Happening::Hear(..) => {}
        }
    }

    pub(super) fn deliver(&mut self, tab: Tab, delivery: Delivery) {
        let context = &mut self.contexts[tab.0];
        if !context.alive {
            return;
        }
        context.unanswered.remove(&delivery.job());
        if context.asleep {
            return context.parked.push(delivery);
        }
        match &delivery {
            Delivery::Locked(_, Ok(())) => self.trace.push((tab, Step::Locked)),
            Delivery::Saved(_, Ok(Saved::Written)) => self.trace.push((tab, Step::Stored)),
            Delivery::Answered(job, answer) => {
                if context.refreshing.take_if(|sent| sent == job).is_some() {
                    self.trace.push((tab, Step::Heard(Kind::Refresh)));
                }
                let successor = answer.as_ref().ok().and_then(successor);
                if let (Some(token), Some(successor)) = (context.carried.get(job), successor) {
                    context.consumed.insert(token.clone());
                    context.consumed.remove(&successor);
                }
            }
            _ => {}
        }
        self.input(tab, delivery.input());
    }

    pub(super) fn command(&mut self, tab: Tab, input: impl FnOnce(WaiterId) -> Input) -> WaiterId {
        self.serial += 1;
        let waiter = WaiterId(self.serial);
        self.replies.insert(waiter, Vec::new());
        self.input(tab, input(waiter));
        waiter
    }

    pub(super) fn want(&mut self, tab: Tab, need: Need) -> WaiterId {
        self.command(tab, |waiter| Input::Want { waiter, need })
    }

    pub(super) fn sign_in(&mut self, tab: Tab, user: &str, password: &str) -> WaiterId {
        let credentials = Credentials::new(user, password);
        self.command(tab, |waiter| Input::SignIn { waiter, credentials })
    }

    pub(super) fn adopt(&mut self, tab: Tab, access: &str, refresh: Option<&str>) -> WaiterId {
        let tokens = Grant { access: Some(access.into()), refresh: refresh.map(Into::into), ..Grant::default() };
        self.command(tab, |waiter| Input::Adopt { waiter, tokens })
    }

    pub(super) fn sign_out(&mut self, tab: Tab) -> WaiterId {
        self.command(tab, |waiter| Input::SignOut { waiter })
    }

    /// What a caller was told; `waiting` until then. Nobody is answered twice.
    pub(super) fn outcome(&self, waiter: WaiterId) -> String {
        match self.replies[&waiter].as_slice() {
            [] => "waiting".into(),
            [reply] => worded(reply),
            replies => panic!("{waiter:?} has more than one answer: {replies:?}"),
        }
    }
}
