//! No order of inputs and results, however odd, panics, loops, breaks a rule or leaves a caller without an answer.
//!
//! An arbitrary history is followed by a fair one: everything works, and everything under way arrives.

use proptest::{prelude::*, sample::Index};

use super::{
    context::Delivery,
    play::MOST_AT_ONCE,
    rig::{Happening, MINUTE, SECOND, Tab, World},
    server::{Fault, html, not_valid, pair, retry_after},
};
use crate::core::{
    Hint, SignOutReason,
    error::{StoreError, StoreProblem},
    http::HttpAnswer,
    machine::{Input, LockFailure, Need, WaiterId},
};

#[derive(Clone, Debug)]
enum Act {
    Want(Index, Need),
    /// A 401 for the token in use, or for one before it.
    Unauthorized(Index, bool),
    Forget(Index),
    SignIn(Index, &'static str),
    Adopt(Index, Pair),
    SignOut(Index),
    Hint(Index, Hint),
    Look(Index, bool),
    Tick(Index),
    Close(Index),
    Open,
    Kill(Index),
    Sleep(Index, bool),
    /// Both clocks jump; the monotonic one never back.
    Jump(Index, i64, i64),
    Run(i64),
    /// Whatever is under way happens now, in any order.
    Happen(Index),
    /// A result of work that is over comes once more.
    Again(Index),
    Fault(Trouble),
    Outage(Option<Trouble>),
    LoadFault(Option<StoreProblem>),
    SaveFault(Option<StoreProblem>),
    LockFault(bool),
    /// The store holds something else.
    Text(Option<&'static str>),
    Forgets(bool),
    Deaf(bool),
}

#[derive(Clone, Copy, Debug)]
enum Pair {
    Whole,
    AccessOnly,
    Opaque,
    Swapped,
}

#[derive(Clone, Debug)]
enum Trouble {
    Plain(Fault),
    /// An answer with tokens of somebody else, or of the wrong kind.
    Tokens {
        user: &'static str,
        swapped: bool,
        access: bool,
    },
}

fn need() -> impl Strategy<Value = Need> {
    prop::sample::select(vec![Need::Any, Need::Live, Need::Live, Need::Fresh, Need::Refresh])
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let says = |status, body: &str| Fault::Says(HttpAnswer::new(status, body));
    let plain = prop::sample::select(vec![
        Fault::Unreachable,
        Fault::Cut,
        Fault::LostAnswer,
        Fault::Silence,
        html(503),
        html(200),
        html(401),
        says(200, "{}"),
        says(404, ""),
        says(200, ""),
        says(200, "[1"),
        says(400, r#"{"x":1}"#),
        Fault::Says(not_valid()),
        Fault::Garbles(HttpAnswer::new(200, "{")),
        Fault::Garbles(HttpAnswer::new(502, "")),
        retry_after(429, 5_000),
        retry_after(503, i64::MAX),
        retry_after(429, i64::MIN),
        says(u16::MAX, "\u{0}"),
    ]);
    let tokens = (prop::sample::select(vec!["demo", "other"]), any::<bool>(), any::<bool>())
        .prop_map(|(user, swapped, access)| Trouble::Tokens { user, swapped, access });
    prop_oneof![4 => plain.prop_map(Trouble::Plain), 1 => tokens]
}

fn act() -> impl Strategy<Value = Act> {
    use StoreProblem::{Corrupt, Denied, Full, NewerVersion, Unavailable};
    let reasons = prop::sample::select(vec![
        Hint::Changed,
        Hint::Ended(SignOutReason::Rejected),
        Hint::Ended(SignOutReason::SignedOutHere),
        Hint::Ended(SignOutReason::Replaced),
    ]);
    let problem =
        prop::option::weighted(0.4, prop::sample::select(vec![Unavailable, Full, Denied, Corrupt, NewerVersion]));
    let texts = prop::option::of(prop::sample::select(vec!["", "garbage", "{}", r#"{"v":2}"#, r#"{"v":1}"#]));
    let pairs = prop::sample::select(vec![Pair::Whole, Pair::Whole, Pair::AccessOnly, Pair::Opaque, Pair::Swapped]);
    let users = prop::sample::select(vec!["demo", "other", "wrong"]);
    let jump = prop_oneof![-100_000_000..100_000_000_i64, any::<i64>().prop_map(|ms| ms / 1_000_000)];
    let tab = any::<Index>;
    let commands = prop_oneof![
        6 => (tab(), need()).prop_map(|(tab, need)| Act::Want(tab, need)),
        2 => (tab(), any::<bool>()).prop_map(|(tab, before)| Act::Unauthorized(tab, before)),
        1 => tab().prop_map(Act::Forget),
        2 => (tab(), users).prop_map(|(tab, user)| Act::SignIn(tab, user)),
        2 => (tab(), pairs).prop_map(|(tab, pair)| Act::Adopt(tab, pair)),
        2 => tab().prop_map(Act::SignOut),
    ];
    let life = prop_oneof![
        2 => (tab(), reasons).prop_map(|(tab, hint)| Act::Hint(tab, hint)),
        2 => (tab(), any::<bool>()).prop_map(|(tab, visible)| Act::Look(tab, visible)),
        1 => tab().prop_map(Act::Tick),
        1 => tab().prop_map(Act::Close),
        1 => Just(Act::Open),
        1 => tab().prop_map(Act::Kill),
        1 => (tab(), any::<bool>()).prop_map(|(tab, stops)| Act::Sleep(tab, stops)),
        2 => (tab(), jump, 0..100_000_000_i64).prop_map(|(tab, wall, monotonic)| Act::Jump(tab, wall, monotonic)),
    ];
    let world = prop_oneof![
        4 => prop::sample::select(vec![1, 3, 60, 400, 2_000, 20_000, 300_000]).prop_map(Act::Run),
        16 => tab().prop_map(Act::Happen),
        3 => tab().prop_map(Act::Again),
    ];
    let harm = prop_oneof![
        4 => trouble().prop_map(Act::Fault),
        1 => prop::option::of(trouble()).prop_map(Act::Outage),
        1 => problem.clone().prop_map(Act::LoadFault),
        1 => problem.prop_map(Act::SaveFault),
        1 => any::<bool>().prop_map(Act::LockFault),
        1 => texts.prop_map(Act::Text),
        1 => any::<bool>().prop_map(Act::Forgets),
        1 => any::<bool>().prop_map(Act::Deaf),
    ];
    prop_oneof![4 => commands, 2 => life, 6 => world, 2 => harm]
}

/// What the test itself must remember.
#[derive(Default)]
struct Notes {
    waiters: Vec<(Tab, WaiterId)>,
    forgotten: Vec<WaiterId>,
    delivered: Vec<(Tab, Delivery)>,
}

impl World {
    fn tab_at(&self, index: &Index) -> Tab {
        Tab(index.index(self.contexts.len()))
    }

    fn act(&mut self, act: &Act, notes: &mut Notes) {
        match act {
            Act::Want(..) | Act::Unauthorized(..) | Act::SignIn(..) | Act::Adopt(..) | Act::SignOut(_) => {
                notes.waiters.extend(self.command_of(act));
            }
            Act::Forget(_) if notes.waiters.is_empty() => {}
            Act::Forget(index) => {
                let (tab, waiter) = notes.waiters[index.index(notes.waiters.len())];
                notes.forgotten.push(waiter);
                self.input(tab, Input::Forget { waiter });
            }
            Act::Hint(tab, hint) => self.input(self.tab_at(tab), Input::Hint(*hint)),
            Act::Look(tab, visible) => self.input(self.tab_at(tab), Input::Look { visible: *visible }),
            Act::Tick(tab) => self.input(self.tab_at(tab), Input::Tick),
            Act::Close(tab) => self.input(self.tab_at(tab), Input::Close),
            Act::Open if self.contexts.len() < 6 => drop(self.open()),
            Act::Open => {}
            Act::Kill(tab) => self.kill(self.tab_at(tab)),
            Act::Sleep(tab, monotonic_stops) => self.sleep(self.tab_at(tab), MINUTE, *monotonic_stops),
            Act::Jump(tab, wall, monotonic) => {
                let context = &mut self.contexts[tab.index(3)];
                context.wall = context.wall.saturating_add(*wall);
                context.monotonic += monotonic;
            }
            Act::Run(ms) => self.run_for(*ms),
            Act::Happen(index) => self.happen_out_of_turn(index, notes),
            Act::Again(index) => self.deliver_again(index, notes),
            harm => self.harm(harm),
        }
    }

    fn command_of(&mut self, act: &Act) -> Option<(Tab, WaiterId)> {
        let (Act::Want(tab, _)
        | Act::Unauthorized(tab, _)
        | Act::SignIn(tab, _)
        | Act::Adopt(tab, _)
        | Act::SignOut(tab)) = act
        else {
            return None;
        };
        let tab = self.tab_at(tab);
        let waiter = match act {
            Act::Want(_, need) => self.want(tab, *need),
            Act::Unauthorized(_, before) => {
                let mut than = self.state(tab)?.stamp;
                than.generation -= u64::from(*before);
                self.want(tab, Need::Newer { than })
            }
            Act::SignIn(_, user) => self.sign_in(tab, user, if *user == "wrong" { "wrong" } else { "secret" }),
            Act::Adopt(_, pair) => self.adopt_pair(tab, *pair),
            _ => self.sign_out(tab),
        };
        Some((tab, waiter))
    }

    fn adopt_pair(&mut self, tab: Tab, pair: Pair) -> WaiterId {
        let (access, refresh) = self.server.new_session(self.now, "demo");
        match pair {
            Pair::Whole => self.adopt(tab, &access, Some(&refresh)),
            Pair::AccessOnly => self.adopt(tab, &access, None),
            Pair::Opaque => self.adopt(tab, "opaque-access", Some("opaque-refresh")),
            Pair::Swapped => self.adopt(tab, &refresh, Some(&access)),
        }
    }

    /// Something happens before its time. Operations on the store keep their order within a context.
    fn happen_out_of_turn(&mut self, index: &Index, notes: &mut Notes) {
        let Some(chosen) = self.agenda.keys().nth(index.index(self.agenda.len().max(1))).copied() else { return };
        let storing = |happening: &Happening| match happening {
            Happening::Read(tab, _) | Happening::Apply(tab, ..) => Some(*tab),
            _ => None,
        };
        let in_order = storing(&self.agenda[&chosen])
            .and_then(|tab| self.agenda.iter().find(|(_, happening)| storing(happening) == Some(tab)))
            .map_or(chosen, |(key, _)| *key);
        let happening = self.agenda.remove(&in_order).unwrap();
        if let Happening::Deliver(tab, delivery) = &happening {
            notes.delivered.push((*tab, delivery.clone()));
        }
        self.happen(happening);
    }

    fn deliver_again(&mut self, index: &Index, notes: &Notes) {
        if notes.delivered.is_empty() {
            return;
        }
        let (tab, delivery) = &notes.delivered[index.index(notes.delivered.len())];
        let (machine, job) = (&self.contexts[tab.0].machine, delivery.job());
        let at_work = machine.refresh.as_ref().is_some_and(|refresh| refresh.job == job)
            || machine.sign_in.as_ref().is_some_and(|sign_in| sign_in.job == job)
            || machine.look.as_ref().is_some_and(|look| look.job == job)
            || machine.sign_out.is_some();
        if !at_work {
            self.deliver(*tab, delivery.clone());
        }
    }

    fn harm(&mut self, act: &Act) {
        match act {
            Act::Fault(trouble) => {
                let fault = self.fault(trouble);
                self.server.faults.push_back(fault);
            }
            Act::Outage(trouble) => self.server.outage = trouble.as_ref().map(|trouble| self.fault(trouble)),
            Act::LoadFault(problem) => self.store.load_fault = *problem,
            Act::SaveFault(problem) => self.store.save_fault = *problem,
            Act::LockFault(timed_out) => {
                let failed = LockFailure::Failed(StoreError::new(StoreProblem::Unavailable));
                self.lock.fault = Some(if *timed_out { LockFailure::TimedOut } else { failed });
            }
            Act::Text(text) => self.store.text = text.map(Into::into),
            Act::Forgets(forgets) => self.store.forgets = *forgets,
            Act::Deaf(deaf) => self.hints = !deaf,
            _ => {}
        }
    }

    fn fault(&mut self, trouble: &Trouble) -> Fault {
        match trouble {
            Trouble::Plain(fault) => fault.clone(),
            Trouble::Tokens { user, swapped, access } => {
                let (mut first, mut second) = self.server.new_session(self.now, user);
                if *swapped {
                    std::mem::swap(&mut first, &mut second);
                }
                Fault::Says(pair(if *access { &first } else { "" }, Some(&second)))
            }
        }
    }

    /// From now on everything works.
    fn heal(&mut self) {
        self.server.faults.clear();
        self.server.outage = None;
        (self.store.load_fault, self.store.save_fault, self.store.forgets) = (None, None, false);
        self.lock.fault = None;
        self.hints = true;
        self.run_for(3 * MINUTE);
    }
}

fn check(acts: &[Act], grace: i64, rotation: bool, lifetime: i64) {
    let (mut world, mut notes) = (World::new(), Notes::default());
    (world.server.grace, world.server.rotation, world.server.lifetime) = (grace, rotation, lifetime);
    for _ in 0..3 {
        world.open();
    }
    for act in acts {
        world.act(act, &mut notes);
    }
    world.heal();
    for (tab, waiter) in &notes.waiters {
        let answers = world.replies[waiter].len();
        let owed = usize::from(world.contexts[tab.0].alive && !notes.forgotten.contains(waiter));
        assert!((owed..=1).contains(&answers), "{waiter:?} of {tab:?} has {answers} answers, {owed} are owed");
    }
    for context in &world.contexts {
        let machine = &context.machine;
        let idle = machine.waiters.is_empty() && machine.queued.is_empty() && machine.outputs.is_empty();
        assert!(idle || !context.alive, "{machine:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_inputs_keeps_the_rules_and_answers_everybody(
        acts in prop::collection::vec(act(), 1..150),
        grace in prop::sample::select(vec![0, 10 * SECOND, i64::MAX]),
        rotation: bool,
        lifetime in prop::sample::select(vec![300, 300, 60, 20, 4, 1, 0, -7, 1_000_000_000]),
    ) {
        check(&acts, grace, rotation, lifetime);
    }
}

#[test]
fn what_the_rig_calls_spinning_is_far_from_what_a_busy_machine_does() {
    let mut world = World::new();
    let tab = world.expired();
    for _ in 0..MOST_AT_ONCE / 4 {
        world.want(tab, Need::Live);
    }
    world.run_for(SECOND);
}
