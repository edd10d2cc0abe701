//! One machine with its clocks, and what came out of it.

use std::collections::{HashMap, HashSet};

use super::server::EPOCH;
use crate::core::{
    Now,
    error::{Error, StoreError},
    event::{Event, Revocation},
    http::{HttpAnswer, TransportError},
    machine::{Input, Job, LockFailure, Machine, Output, Reply},
    record::Saved,
    secret::Secret,
};

pub(super) struct Context {
    pub(super) machine: Machine,
    pub(super) alive: bool,
    /// When it wants a tick, in virtual time.
    pub(super) wake: Option<i64>,
    /// This context's clocks minus the right ones.
    pub(super) wall: i64,
    pub(super) monotonic: i64,
    /// While it sleeps, results wait here.
    pub(super) asleep: bool,
    pub(super) parked: Vec<Delivery>,
    pub(super) events: Vec<String>,
    /// The refresh request that has no answer yet.
    pub(super) refreshing: Option<Job>,
    /// The refresh tokens that were sent.
    pub(super) carried: HashMap<Job, String>,
    /// Requests that have neither an answer nor run into their time limit.
    pub(super) unanswered: HashSet<Job>,
    /// Refresh tokens known to be consumed: a successor has arrived here.
    pub(super) consumed: HashSet<String>,
}

impl Context {
    pub(super) fn new(machine: Machine, wall: i64) -> Self {
        Self {
            machine,
            alive: true,
            wake: None,
            wall,
            monotonic: 0,
            asleep: false,
            parked: Vec::new(),
            events: Vec::new(),
            refreshing: None,
            carried: HashMap::new(),
            unanswered: HashSet::new(),
            consumed: HashSet::new(),
        }
    }

    pub(super) fn clock(&self, now: i64) -> Now {
        Now { wall: EPOCH + now + self.wall, monotonic: now + self.monotonic }
    }

    /// Hands an input in and returns what is to be done. No single input makes a machine talk without end.
    pub(super) fn handle(&mut self, now: i64, entropy: u64, input: Input) -> Vec<Output> {
        let clock = self.clock(now);
        let waiting = self.machine.waiters.len() + self.machine.queued.len();
        self.machine.handle(clock, entropy, input);
        let outputs = self.machine.take_outputs();
        assert!(outputs.len() <= 16 + 4 * waiting, "too many outputs for one input: {outputs:?}");
        self.wake = self.machine.wake_in().map(|delay| now + delay);
        outputs
    }
}

/// The result of an effect on its way back; unlike an input it can be delivered twice.
#[derive(Clone, Debug)]
pub(super) enum Delivery {
    Locked(Job, Result<(), LockFailure>),
    Loaded(Job, Result<Option<Secret>, StoreError>),
    Saved(Job, Result<Saved, StoreError>),
    Answered(Job, Result<HttpAnswer, TransportError>),
}

impl Delivery {
    pub(super) fn job(&self) -> Job {
        match self {
            Self::Locked(job, _) | Self::Loaded(job, _) | Self::Saved(job, _) | Self::Answered(job, ..) => *job,
        }
    }

    pub(super) fn input(self) -> Input {
        match self {
            Self::Locked(job, outcome) => Input::Locked { job, outcome },
            Self::Loaded(job, stored) => Input::Loaded { job, stored },
            Self::Saved(job, outcome) => Input::Saved { job, outcome },
            Self::Answered(job, answer) => Input::Answered { job, answer },
        }
    }
}

/// An event in few words.
pub(super) fn told(event: &Event) -> String {
    let detail = match event {
        Event::SignedIn { generation } | Event::Refreshed { generation } => generation.to_string(),
        Event::SignedOut { reason } => reason.code().into(),
        Event::RefreshFailed { error, .. } | Event::StoreFailed { error } => error.code().into(),
    };
    format!("{} {detail}", event.name())
}

/// An answer in few words.
pub(super) fn worded(reply: &Result<Reply, Error>) -> String {
    match reply {
        Ok(Reply::Token(token)) => format!("token {}", token.stamp.generation),
        Ok(Reply::SignedIn) => "signed-in".into(),
        Ok(Reply::SignedOut(Revocation::Done)) => "signed-out revoked".into(),
        Ok(Reply::SignedOut(Revocation::NotSupported)) => "signed-out".into(),
        Ok(Reply::SignedOut(Revocation::Failed(error))) => format!("signed-out {}", error.code()),
        Err(error) => error.code().into(),
    }
}
