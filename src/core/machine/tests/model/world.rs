//! One state of the world: contexts, each with its machine and what it waits for, and what they share.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use super::{
    Plan, Sabotage,
    rules::{Knowledge, Rules},
    server::{Answer, Codec, ENTROPY, Errand, Family, LIFETIME, Pair, Server},
};
use crate::core::{
    Now, Policy,
    backend::Credentials,
    error::Error,
    event::Hint,
    http::REQUEST_LIMIT,
    machine::{
        Input, Job, LOCK_WAIT, Machine, Need, Output, Reply, WaiterId,
        tests::{rig::MINUTE, server::EPOCH},
    },
    record::{Record, Saved, SessionId, Stamp, Write},
};

#[derive(Clone)]
pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) now: i64,
    /// The wall clock minus the right one: all contexts are of one machine.
    pub(super) wall: i64,
    pub(super) contexts: Vec<Context>,
    pub(super) store: Option<Arc<str>>,
    pub(super) server: Server,
    /// Requests of dead contexts that may still arrive.
    pub(super) orphans: Vec<Errand>,
    /// Nothing answers any more.
    pub(super) down: bool,
    /// Mishaps and commands that may still come.
    pub(super) left: u8,
    pub(super) rules: Rules,
}

#[derive(Clone, Hash)]
pub(super) struct Context {
    /// Copied when it is told something.
    pub(super) machine: Arc<Machine>,
    pub(super) mood: Mood,
    /// When it wants a tick.
    pub(super) wake: Option<i64>,
    /// The job that holds the lock.
    pub(super) lock: Option<Job>,
    pub(super) work: Vec<Work>,
    pub(super) callers: Vec<Caller>,
    pub(super) commands: u8,
    pub(super) knowledge: Knowledge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Mood {
    Awake,
    /// Since when.
    Frozen(i64),
    Dead,
}

/// What a context waits for.
#[derive(Clone, Debug, Hash)]
pub(super) enum Work {
    /// Until when it waits.
    Lock(Job, i64),
    Load(Job),
    Save(Job, Write),
    Send(Job, Request),
    /// The server has acted; the answer is on its way, or never comes.
    Stalled(Job, Request, Answer),
    /// The store has acted; the result is on its way.
    Loaded(Job, Option<Arc<str>>),
    Saved(Job, Saved),
    Hear(Hint),
    /// The context has given this write up; it may still happen.
    Overdue(Write),
}

#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Request {
    pub(super) errand: Errand,
    /// When its time is over; `None` when the machine has been told so.
    pub(super) until: Option<i64>,
}

/// Somebody who waits for an answer.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct Caller {
    pub(super) waiter: WaiterId,
    /// The session it came under.
    pub(super) session: Option<SessionId>,
    /// How much the machine had lived then.
    pub(super) since: i64,
    /// It wants a token; otherwise it signs in or out.
    pub(super) token: bool,
}

impl World {
    /// A stored session, and contexts that know it. Where they are hidden its access token has just expired, and
    /// somebody in each wants one.
    pub(super) fn new(plan: Plan) -> Self {
        let mut server = Server::new(plan.reuse);
        let pair = server.new_family();
        let mut world = Self {
            plan,
            now: plan.begin(),
            wall: 0,
            contexts: Vec::new(),
            store: Some(first_record(pair).encode().expose().into()),
            server,
            orphans: Vec::new(),
            down: false,
            left: plan.mishaps,
            rules: Rules::new(pair),
        };
        for at in 0..plan.contexts {
            world.contexts.push(Context::new(plan.visible));
            world.input(at, Input::Start);
            world.carry_out(at, 0);
        }
        if !plan.visible {
            (0..plan.contexts).for_each(|at| world.want(at, Need::Live));
        }
        world
    }

    /// A context takes a dead one's place.
    pub(super) fn open(&mut self, at: usize) {
        self.contexts[at] = Context::new(self.plan.visible);
        self.input(at, Input::Start);
        self.want(at, Need::Live);
    }

    pub(super) fn want(&mut self, at: usize, need: Need) {
        let waiter = self.call(at, true);
        self.input(at, Input::Want { waiter, need });
    }

    pub(super) fn sign_in(&mut self, at: usize) {
        self.contexts[at].knowledge.replaceable.add(self.rules.ever_stored);
        let waiter = self.call(at, false);
        self.input(at, Input::SignIn { waiter, credentials: Credentials::new("user", "secret") });
    }

    pub(super) fn sign_out(&mut self, at: usize) {
        self.contexts[at].knowledge.told_to_sign_out = true;
        let waiter = self.call(at, false);
        self.input(at, Input::SignOut { waiter });
    }

    fn call(&mut self, at: usize, token: bool) -> WaiterId {
        let context = &mut self.contexts[at];
        context.commands += 1;
        let waiter = WaiterId(context.commands.into());
        let session = context.session();
        context.callers.push(Caller { waiter, session, since: context.machine.lived, token });
        waiter
    }

    pub(super) fn input(&mut self, at: usize, input: Input) {
        self.input_with(at, ENTROPY, input);
    }

    pub(super) fn input_with(&mut self, at: usize, entropy: u64, input: Input) {
        let (clock, plan) = (self.clock(), self.plan);
        let context = &mut self.contexts[at];
        let machine = Arc::make_mut(&mut context.machine);
        if plan.sabotage == Some(Sabotage::NoPause) {
            forget_pauses(machine);
        }
        let (ended, before) = (machine.ended.len(), machine.live.as_ref().map(|live| live.record.stamp));
        machine.handle(clock, entropy, input);
        let outputs = machine.take_outputs();
        let delay = machine.wake_in().filter(|_| plan.sabotage != Some(Sabotage::NoTimer));
        context.wake = delay.map(|delay| self.now + delay);
        for output in outputs {
            self.perform(at, output);
        }
        self.check_endings(at, ended);
        self.check_token_in_use(at, before);
    }

    fn perform(&mut self, at: usize, output: Output) {
        let now = self.now;
        let context = &mut self.contexts[at];
        match output {
            Output::Lock(job) => context.work.push(Work::Lock(job, now + LOCK_WAIT)),
            Output::Unlock(job) => {
                context.lock.take_if(|held| *held == job);
                context.work.retain(|work| !matches!(work, Work::Lock(waiting, _) if *waiting == job));
            }
            Output::Load(job) => context.work.push(Work::Load(job)),
            Output::Save(job, write) if self.plan.sabotage == Some(Sabotage::UseBeforeStore) => {
                context.work.extend([Work::Saved(job, Saved::Written), Work::Overdue(write)]);
            }
            Output::Save(job, write) => context.work.push(Work::Save(job, write)),
            Output::Send(job, request) => {
                let errand = Errand::of(&request);
                let request = Request { errand, until: Some(now + REQUEST_LIMIT) };
                context.work.push(Work::Send(job, request));
                self.check_request(at, errand);
            }
            Output::Announce(hint) => self.announce(at, hint),
            Output::Answer(waiter, Err(Error::Ended(_))) if self.plan.sabotage == Some(Sabotage::AnyToken) => {
                let token = context.machine.current().map(|current| Reply::Token(current.token));
                self.check_reply(at, waiter, token.as_ref());
            }
            Output::Answer(waiter, reply) => self.check_reply(at, waiter, reply.as_ref().ok()),
            Output::Emit(_) => {}
        }
    }

    fn clock(&self) -> Now {
        Now { wall: EPOCH + self.now + self.wall, monotonic: self.now }
    }

    fn announce(&mut self, from: usize, hint: Hint) {
        let others = self.contexts.iter_mut().enumerate().filter(|(at, context)| *at != from && context.is_alive());
        for (_, context) in others.filter(|_| self.plan.hints) {
            if !context.work.iter().any(|work| matches!(work, Work::Hear(heard) if *heard == hint)) {
                context.work.push(Work::Hear(hint));
            }
        }
    }

    pub(super) fn record(&self) -> Option<Record> {
        self.store.as_deref().map(decode)
    }

    pub(super) fn is_lock_free(&self) -> bool {
        self.contexts.iter().all(|context| context.lock.is_none())
    }
}

/// Contexts are alike: states that differ in their order alone are one.
impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { plan: _, now, wall, contexts, store, server, orphans, down, left, rules } = self;
        (now, wall, store, server, orphans, down, left, rules).hash(state);
        let mut prints: Vec<u64> = contexts.iter().map(print).collect();
        prints.sort_unstable();
        prints.hash(state);
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        print(self) == print(other)
    }
}

fn print(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

impl Context {
    pub(super) fn new(visible: bool) -> Self {
        let mut machine = Machine::new(Box::new(Codec), Policy::new(MINUTE, 0));
        machine.visible = visible;
        Self {
            machine: Arc::new(machine),
            mood: Mood::Awake,
            wake: None,
            lock: None,
            work: Vec::new(),
            callers: Vec::new(),
            commands: 0,
            knowledge: Knowledge::default(),
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.mood != Mood::Dead
    }

    pub(super) fn session(&self) -> Option<SessionId> {
        self.machine.live.as_ref().map(|live| live.session())
    }

    /// Whether something is under way that brings the context an input by itself.
    pub(super) fn is_busy(&self) -> bool {
        self.work
            .iter()
            .any(|work| !matches!(work, Work::Stalled(_, Request { until: None, .. }, _) | Work::Overdue(_)))
    }
}

/// What makes the machine wait before it tries again.
fn forget_pauses(machine: &mut Machine) {
    machine.last_attempt = None;
    if let Some(live) = &mut machine.live {
        live.retry = None;
    }
}

pub(super) fn decode(text: &str) -> Record {
    Record::decode(text).expect("a record")
}

/// The session that is stored in the beginning.
fn first_record(pair: Pair) -> Record {
    let grant = pair.grant();
    Record {
        stamp: Stamp { session: Family(0).session(), generation: 1 },
        server: "".into(),
        access: grant.access.expect("an access token"),
        refresh: grant.refresh,
        id_token: None,
        key: grant.key,
        received: EPOCH,
        lifetime: Some(LIFETIME),
        skew: None,
        pending: None,
        failures: 0,
        retry_at: None,
        retry_in: None,
    }
}
