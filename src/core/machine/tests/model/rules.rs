//! What must hold in every state, and what has to be remembered to see it.

use std::marker::PhantomData;

use super::{
    server::{Errand, Family, Pair},
    world::{Context, Mood, World},
};
use crate::core::{
    event::SignOutReason,
    machine::{Reply, STEP, WAIT_LIMIT, WaiterId, tests::rig::SECOND},
    policy::FLOOR,
    record::{Record, Stamp},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Rule {
    /// Never two refreshes under way for one session.
    OneRefresh,
    /// No consumed refresh token is knowingly sent again.
    NothingSentTwice,
    /// A newer record is never overwritten, in the store or in memory, and a session that is over is not brought back.
    NothingOverwritten,
    /// A pair is durable before anyone uses it, unless the store failed.
    DurableFirst,
    /// Only a rejection or the user ends a session.
    EndsForCause,
    /// Nobody gets the token of another session.
    OwnToken,
    /// Every waiter is answered once.
    Answered,
    /// Nothing loops.
    Bounded,
}

/// Jobs that a machine begins at the very most: so many at once, and one more in so many milliseconds.
const MOST_JOBS: i64 = 24;
const PACE: i64 = 2 * SECOND;

/// What the rules have to remember.
#[derive(Clone, Hash)]
pub(super) struct Rules {
    pub(super) broken: Vec<Rule>,
    /// Pairs that the store has held.
    pub(super) durable: Set<Pair>,
    /// Pairs whose successor the store has held.
    pub(super) outdated: Set<Pair>,
    /// Families that the store has held.
    pub(super) ever_stored: Set<Family>,
    /// Families whose sign-in has been answered.
    pub(super) granted: Set<Family>,
    /// Families for which a context has been told that they are over.
    pub(super) refused: Set<Family>,
    /// Families that a user has ended.
    pub(super) signed_out: Set<Family>,
    /// When refreshes were sent, in the last second.
    sent: Vec<i64>,
}

/// What a context has seen.
#[derive(Clone, Default, Hash)]
pub(super) struct Knowledge {
    /// Pairs whose successor it has seen, or the store had held when it got the lock.
    pub(super) outdated: Set<Pair>,
    /// Families that had been stored when it was told to sign in, or that it has stored itself.
    pub(super) replaceable: Set<Family>,
    pub(super) told_to_sign_out: bool,
    /// The store has failed it.
    pub(super) store_failed: bool,
}

impl Rules {
    pub(super) fn new(first: Pair) -> Self {
        let mut rules = Self {
            broken: Vec::new(),
            durable: Set::default(),
            outdated: Set::default(),
            ever_stored: Set::default(),
            granted: Set::default(),
            refused: Set::default(),
            signed_out: Set::default(),
            sent: Vec::new(),
        };
        rules.durable.insert(first);
        rules.ever_stored.insert(Family(0));
        rules
    }

    fn expect(&mut self, rule: Rule, holds: bool) {
        if !holds && !self.broken.contains(&rule) {
            self.broken.push(rule);
        }
    }
}

impl World {
    pub(super) fn keeps(&self, rule: Rule) -> bool {
        !self.rules.broken.contains(&rule)
            && match rule {
                Rule::Answered => self.contexts.iter().all(|context| {
                    let lived = context.machine.lived;
                    let must_answer = !context.is_busy() && context.wake.is_none() && context.mood == Mood::Awake;
                    let commands = context.callers.iter().filter(|caller| !caller.token).count();
                    (!must_answer || context.callers.is_empty())
                        && (context.is_busy() || context.mood != Mood::Awake || commands == 0)
                        && context
                            .callers
                            .iter()
                            .all(|caller| !caller.token || lived - caller.since <= WAIT_LIMIT + STEP)
                }),
                Rule::Bounded => {
                    let most = MOST_JOBS + (self.now - self.plan.begin()) / PACE;
                    self.contexts.iter().all(|context| i64::from(context.machine.jobs) <= most)
                }
                _ => true,
            }
    }

    /// A request is about to leave.
    pub(super) fn check_request(&mut self, at: usize, errand: Errand) {
        let Errand::Refresh(pair) = errand else { return };
        let session = self.server.family(pair).session();
        // A late answer may be stored without the lock.
        let elsewhere = |(other, context): (usize, &Context)| {
            other != at && context.lock.is_some() && context.machine.sent_refresh_session() == Some(session)
        };
        let alone = !self.contexts.iter().enumerate().any(elsewhere);
        self.rules.expect(Rule::OneRefresh, alone);

        let known = self.contexts[at].knowledge.outdated.contains(pair);
        self.rules.expect(Rule::NothingSentTwice, !known);

        let now = self.now;
        self.rules.sent.retain(|sent| now - sent < FLOOR);
        self.rules.sent.push(now);
        let most = 2 * self.contexts.len();
        self.rules.expect(Rule::Bounded, self.rules.sent.len() <= most);
    }

    /// The store is about to hold `next`.
    pub(super) fn check_write(&mut self, at: usize, next: Option<&Record>) {
        let present = self.record();
        let family = |record: &Record| self.server.family(Pair::of(record));
        let is_over = |record| self.rules.signed_out.contains(family(record)) || !self.server.is_good(Pair::of(record));
        let holds = match (&present, next) {
            (Some(present), Some(next)) if present.stamp.session == next.stamp.session => {
                next.stamp.generation >= present.stamp.generation
                    && self.server.ancestors(Pair::of(present)).all(|older| older != Pair::of(next))
            }
            (Some(present), Some(_)) => self.contexts[at].knowledge.replaceable.contains(family(present)),
            (Some(present), None) => is_over(present),
            (None, Some(next)) => !self.rules.signed_out.contains(family(next)),
            (None, None) => true,
        };
        self.rules.expect(Rule::NothingOverwritten, holds);
        if let Some(next) = next {
            let pair = Pair::of(next);
            self.rules.durable.insert(pair);
            self.rules.outdated.extend(self.server.ancestors(pair));
            self.rules.ever_stored.insert(self.server.family(pair));
            self.contexts[at].knowledge.replaceable.insert(self.server.family(pair));
        }
    }

    /// Sessions have ended in a context that had seen the end of so many before.
    pub(super) fn check_endings(&mut self, at: usize, before: usize) {
        for index in before..self.contexts[at].machine.ended.len() {
            let context = &self.contexts[at];
            let (session, reason) = context.machine.ended[index];
            let family = self.server.named(session).expect("a session of the server");
            let rules = &mut self.rules;
            if reason == SignOutReason::SignedOutHere && context.knowledge.told_to_sign_out {
                rules.signed_out.insert(family);
            }
            let caused = rules.refused.contains(family)
                || rules.signed_out.contains(family)
                || rules.granted.is_any_after(family);
            self.rules.expect(Rule::EndsForCause, caused);
        }
    }

    /// What is in use after an input; `before` was in use until then.
    pub(super) fn check_token_in_use(&mut self, at: usize, before: Option<Stamp>) {
        let context = &self.contexts[at];
        let Some(live) = &context.machine.live else { return };
        let newer = before.filter(|before| before.session == live.session() && *before != live.record.stamp);
        let forward = newer.is_none_or(|before| before.generation < live.record.stamp.generation);
        self.rules.expect(Rule::NothingOverwritten, forward);
        let excused = live.unsaved && context.knowledge.store_failed;
        let durable = self.rules.durable.contains(Pair::access(&live.token.access));
        self.rules.expect(Rule::DurableFirst, durable || excused);
    }

    pub(super) fn check_reply(&mut self, at: usize, waiter: WaiterId, reply: Option<&Reply>) {
        let callers = &mut self.contexts[at].callers;
        let caller = callers.iter().position(|caller| caller.waiter == waiter).map(|index| callers.remove(index));
        self.rules.expect(Rule::Answered, caller.is_some());
        if let (Some(session), Some(Reply::Token(token))) = (caller.and_then(|caller| caller.session), reply) {
            self.rules.expect(Rule::OwnToken, token.stamp.session == session);
        }
    }
}

/// A set of small numbers.
#[derive(Hash)]
pub(super) struct Set<T>(u64, PhantomData<T>);

impl<T> Clone for Set<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Set<T> {}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(0, PhantomData)
    }
}

impl<T: Into<u8>> Set<T> {
    pub(super) fn insert(&mut self, item: T) {
        self.0 |= 1 << item.into();
    }

    pub(super) fn extend(&mut self, items: impl IntoIterator<Item = T>) {
        items.into_iter().for_each(|item| self.insert(item));
    }

    pub(super) fn contains(self, item: T) -> bool {
        self.0 & 1 << item.into() != 0
    }

    pub(super) fn add(&mut self, others: Self) {
        self.0 |= others.0;
    }

    fn is_any_after(self, item: T) -> bool {
        self.0 >> item.into() > 1
    }
}
