//! No order of inputs and results, however odd, panics, loops, breaks a rule or leaves a caller without an answer.
//!
//! An arbitrary history is followed by a fair one: everything works, and everything under way arrives.

use proptest::{prelude::*, sample::Index};

use super::{
    acts::{Act, Pair, Trouble, act},
    context::Delivery,
    play::MOST_AT_ONCE,
    rig::{Happening, MINUTE, SECOND, Tab, World},
    server::{Fault, pair},
};
use crate::core::{
    error::{StoreError, StoreProblem},
    machine::{Input, LockFailure, Need, Reply, WaiterId},
    record::{Record, SessionId},
};

/// Who asked, and under which session.
struct Caller {
    tab: Tab,
    waiter: WaiterId,
    session: Option<SessionId>,
}

/// What the test itself must remember.
#[derive(Default)]
struct Notes {
    waiters: Vec<Caller>,
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
                let Caller { tab, waiter, .. } = notes.waiters[index.index(notes.waiters.len())];
                notes.forgotten.push(waiter);
                self.input(tab, Input::Forget { waiter });
            }
            Act::Offer(tab, before) => self.offer_token(self.tab_at(tab), *before),
            Act::Hint(tab, hint) => self.input(self.tab_at(tab), Input::Hint(*hint)),
            Act::Look(tab, visible) => self.input(self.tab_at(tab), Input::Look { visible: *visible }),
            Act::Tick(tab) => self.input(self.tab_at(tab), Input::Tick),
            Act::Close(tab) => self.input(self.tab_at(tab), Input::Close),
            Act::Open if self.contexts.len() < 6 => drop(self.open()),
            Act::Open => {}
            Act::Kill(tab) => self.kill(self.tab_at(tab)),
            Act::Sleep(tab, monotonic_stops) => self.sleep(self.tab_at(tab), MINUTE, *monotonic_stops),
            Act::Jump(tab, wall, monotonic) => {
                let tab = self.tab_at(tab);
                let context = &mut self.contexts[tab.0];
                context.wall = context.wall.saturating_add(*wall);
                context.monotonic += monotonic;
            }
            Act::Run(ms) => self.run_for(*ms),
            Act::Happen(index) => self.happen_out_of_turn(index, notes),
            Act::Again(index) => self.deliver_again(index, notes),
            harm => self.harm(harm),
        }
    }

    fn command_of(&mut self, act: &Act) -> Option<Caller> {
        let (Act::Want(tab, _)
        | Act::Unauthorized(tab, _)
        | Act::SignIn(tab, _)
        | Act::Adopt(tab, _)
        | Act::SignOut(tab)) = act
        else {
            return None;
        };
        let tab = self.tab_at(tab);
        let session = self.state(tab).map(|state| state.stamp.session);
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
        Some(Caller { tab, waiter, session })
    }

    fn offer_token(&mut self, tab: Tab, before: bool) {
        let Some(mut than) = self.state(tab).map(|state| state.stamp) else { return };
        than.generation -= u64::from(before);
        let (access, _) = self.server.new_session(self.now, "demo");
        self.input(tab, Input::Offered { than, access: access.as_str().into() });
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
        self.store.unreliable |= matches!(act, Act::Text(_));
        match act {
            Act::Fault(trouble) => {
                let fault = self.fault(trouble);
                self.server.faults.push_back(fault);
            }
            Act::Outage(outage) => self.server.outage.clone_from(outage),
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
        for tab in 0..self.contexts.len() {
            self.show(Tab(tab));
        }
        self.run_for(MINUTE);
        for tab in 0..self.contexts.len() {
            self.hide(Tab(tab));
        }
        self.run_for(MINUTE);
    }
}

fn check(tabs: usize, acts: &[Act], grace: i64, rotation: bool, lifetime: i64) {
    let (mut world, mut notes) = (World::new(), Notes::default());
    (world.server.grace, world.server.rotation, world.server.lifetime) = (grace, rotation, lifetime);
    for _ in 0..tabs {
        world.open();
    }
    for act in acts {
        world.act(act, &mut notes);
    }
    world.heal();
    for caller in &notes.waiters {
        let answers = &world.replies[&caller.waiter];
        let owed = usize::from(world.contexts[caller.tab.0].alive && !notes.forgotten.contains(&caller.waiter));
        assert!((owed..=1).contains(&answers.len()), "{:?}: {answers:?}, owed: {owed}", caller.waiter);
        if let (Some(Ok(Reply::Token(token))), Some(session)) = (answers.first(), caller.session) {
            assert_eq!(token.stamp.session, session, "R9: a token of another session");
        }
    }
    let stored = world.store.text.as_deref().and_then(|text| Record::decode(text).ok()).map(|record| record.stamp);
    for (tab, context) in world.contexts.iter().enumerate().filter(|(_, context)| context.alive) {
        let machine = &context.machine;
        assert!(machine.waiters.is_empty() && machine.queued.is_empty() && machine.refresh.is_none(), "{machine:#?}");
        let settled =
            world.store.unreliable || machine.closed || world.state(Tab(tab)).map(|state| state.stamp) == stored;
        assert!(settled, "{tab} does not follow the store: {stored:?} {machine:#?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_inputs_keeps_the_rules_and_answers_everybody(
        tabs in 1..4_usize,
        acts in prop::collection::vec(act(), 1..150),
        grace in prop::sample::select(vec![0, 10 * SECOND, i64::MAX]),
        rotation: bool,
        lifetime in prop::sample::select(vec![300, 300, 60, 20, 4, 1, 0, -7, 1_000_000_000]),
    ) {
        check(tabs, &acts, grace, rotation, lifetime);
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
