//! Model checking: every run of a small world, over the real machine.
//!
//! A state holds two or three machines with what each of them waits for, the store, the lock and a server that
//! rotates. From every state everything is tried that can happen next: an effect ends, time passes, and, as often as
//! the plan allows, a mishap comes (a context dies or freezes, an answer is lost or late, the store fails, the clock
//! is set) or the user does something. A rule that is broken in any state that can be reached is a counter-example,
//! and the way there is printed. Nothing is left out within a plan: the states explored are all there are.
//!
//! `EVERTOKEN_LONG=1` allows one mishap more to two visible contexts: about 2.3 million states, some minutes. Three contexts
//! with one more have not ended within two hours.

mod act;
mod carry_out;
mod identity;
mod rules;
pub(crate) mod server;
mod world;

use std::{env, fmt::Write as _, num::NonZero, thread};

use stateright::{Checker, HasDiscoveries, Model, Path, Property};

use self::{
    act::Act,
    rules::Rule,
    server::{LIFETIME, Reuse},
    world::World,
};
use super::rig::{MINUTE, SECOND};

/// What is explored.
#[derive(Clone, Copy, Debug)]
struct Plan {
    contexts: usize,
    reuse: Reuse,
    /// Mishaps and commands in a run, at the most.
    mishaps: u8,
    /// Whether contexts hear each other.
    hints: bool,
    /// Visible contexts refresh on their own.
    visible: bool,
    sabotage: Option<Sabotage>,
}

/// A machine, driver or store that leaves out one of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sabotage {
    /// Refreshes without the lock (R2).
    NoLock,
    /// Takes the record in memory for the one in the store (R2).
    NoReadAgain,
    /// Does not wait until the store has written (R3).
    UseBeforeStore,
    /// Takes a server in trouble for one that rejects (R7).
    BusyEnds,
    /// Tries again without a pause (R8).
    NoPause,
    /// Writes whatever the store holds (R9).
    NoFence,
    /// Gives a caller the token in use, whoever's it is (R9).
    AnyToken,
    /// Never wakes up by itself.
    NoTimer,
}

impl Model for Plan {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(*self)]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        world.acts(acts);
    }

    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        let mut next = world.clone();
        next.act(act);
        Some(next)
    }

    fn within_boundary(&self, world: &World) -> bool {
        world.now <= self.begin() + 3 * MINUTE
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("never two refreshes under way for one session", |_, w: &World| w.keeps(Rule::OneRefresh)),
            Property::always("no consumed token is knowingly sent again", |_, w: &World| {
                w.keeps(Rule::NothingSentTwice)
            }),
            Property::always("a newer record is never overwritten", |_, w: &World| w.keeps(Rule::NothingOverwritten)),
            Property::always("a pair is durable before anyone uses it", |_, w: &World| w.keeps(Rule::DurableFirst)),
            Property::always("only a rejection or the user ends a session", |_, w: &World| w.keeps(Rule::EndsForCause)),
            Property::always("nobody gets the token of another session", |_, w: &World| w.keeps(Rule::OwnToken)),
            Property::always("every waiter is answered", |_, w: &World| w.keeps(Rule::Answered)),
            Property::always("nothing loops", |_, w: &World| w.keeps(Rule::Bounded)),
        ]
    }
}

impl Plan {
    /// Hidden contexts whose access token has just expired; somebody in each wants one.
    const TWO: Self = Self { contexts: 2, reuse: Reuse::Ends, mishaps: 2, hints: true, visible: false, sabotage: None };
    const THREE: Self = Self { contexts: 3, mishaps: 1, ..Self::TWO };
    /// Contexts whose token will soon be stale.
    const VISIBLE: Self = Self { visible: true, mishaps: 1, ..Self::TWO };

    fn begin(self) -> i64 {
        if self.visible { LIFETIME - 2 * MINUTE } else { LIFETIME }
    }

    /// With one mishap more, where more is explored.
    fn deeper(self) -> Self {
        Self { mishaps: self.mishaps + u8::from(env::var_os("EVERTOKEN_LONG").is_some()), ..self }
    }

    /// Explores every run.
    fn holds(self) {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let checker = self.checker().threads(threads).finish_when(HasDiscoveries::AnyFailures).spawn_dfs().join();
        println!(
            "{self:?}: {} states, {} steps, the longest run has {}",
            checker.unique_state_count(),
            checker.state_count(),
            checker.max_depth(),
        );
        if let Some((name, path)) = checker.discoveries().into_iter().next() {
            panic!("not so: {name}{}", story(path));
        }
    }

    /// The shortest run in which this property does not hold.
    fn fails(self, property: &'static str) {
        let sought = HasDiscoveries::AnyOf([property].into());
        let checker = self.checker().finish_when(sought).spawn_bfs().join();
        let path = checker.discovery(property).unwrap_or_else(|| panic!("{self:?} does not break: {property}"));
        println!("{:?}: found after {} states{}", self.sabotage, checker.unique_state_count(), story(path));
    }
}

/// What happened, one line for each act with what it befell.
fn story(path: Path<World, Act>) -> String {
    path.into_vec().iter().fold(String::new(), |mut story, (world, act)| {
        let Some(act) = act else { return story };
        let _ = write!(story, "\n{:>9} ms  {act:?}", world.now);
        if let Some((at, index)) = act.on() {
            let _ = write!(story, "  {:?}", world.contexts[at].work[index]);
        }
        story
    })
}

#[test]
fn two_contexts_and_a_server_that_ends_a_session_at_reuse() {
    Plan::TWO.holds();
}

#[test]
fn two_contexts_and_a_server_with_a_grace_period() {
    Plan { reuse: Reuse::IsForgiven(20 * SECOND), ..Plan::TWO }.holds();
}

#[test]
fn two_contexts_and_a_server_that_refuses_consumed_tokens() {
    Plan { reuse: Reuse::IsRefused, hints: false, ..Plan::TWO }.holds();
}

#[test]
fn two_visible_contexts() {
    Plan::VISIBLE.deeper().holds();
}

#[test]
fn three_contexts() {
    Plan::THREE.holds();
}

#[test]
fn three_contexts_that_do_not_hear_each_other() {
    Plan { hints: false, ..Plan::THREE }.holds();
}

#[test]
fn every_property_can_fail() {
    let variant = |sabotage| Plan { sabotage: Some(sabotage), mishaps: 1, ..Plan::TWO };
    variant(Sabotage::NoLock).fails("never two refreshes under way for one session");
    variant(Sabotage::NoReadAgain).fails("no consumed token is knowingly sent again");
    Plan { mishaps: 2, ..variant(Sabotage::NoFence) }.fails("a newer record is never overwritten");
    variant(Sabotage::UseBeforeStore).fails("a pair is durable before anyone uses it");
    variant(Sabotage::BusyEnds).fails("only a rejection or the user ends a session");
    variant(Sabotage::AnyToken).fails("nobody gets the token of another session");
    variant(Sabotage::NoTimer).fails("every waiter is answered");
    variant(Sabotage::NoPause).fails("nothing loops");
}
