//! R3 and R4: a pair is stored before it is used, and a consumed refresh token is never sent again.

use super::{
    rig::{HOUR, MINUTE, SECOND, Step, World},
    server::{Fault, Kind, html, not_valid},
};
use crate::core::{error::StoreProblem, machine::Need};

#[test]
fn r3_the_pair_is_durable_before_any_caller_gets_it() {
    let mut world = World::new();
    let tab = world.expired();
    world.store.latency = 400;
    let waiters: Vec<_> = (0..5).map(|_| world.want(tab, Need::Live)).collect();
    world.run_until_step(Step::Heard(Kind::Refresh));
    world.run_for(399);
    let late = world.want(tab, Need::Live);
    assert!(waiters.iter().chain([&late]).all(|waiter| world.outcome(*waiter) == "waiting"));
    world.run_for(1);
    assert!(waiters.iter().chain([&late]).all(|waiter| world.outcome(*waiter) == "token 2"));
    let at = |wanted: fn(&Step) -> bool| world.trace.iter().rposition(|(_, step)| wanted(step)).unwrap();
    let first_answer = world.trace.iter().position(|(_, step)| matches!(step, Step::Answered(_))).unwrap();
    assert!(at(|step| *step == Step::Stored) < first_answer);
}

#[test]
fn r3_a_new_session_is_durable_before_anybody_hears_of_it() {
    let mut world = World::new();
    let tab = world.open();
    let waiter = world.sign_in(tab, "demo", "secret");
    world.run_until_answered(waiter);
    let steps: Vec<_> = world.trace.iter().map(|(_, step)| *step).collect();
    assert_eq!(steps, [Step::Sent(Kind::SignIn), Step::Stored, Step::Announced, Step::Answered(waiter)]);
}

#[test]
fn r3_when_the_store_is_full_the_session_goes_on_in_memory_and_says_so() {
    for problem in [StoreProblem::Full, StoreProblem::Unavailable, StoreProblem::Denied] {
        let mut world = World::new();
        let tab = world.expired();
        world.store.save_fault = Some(problem);
        assert_eq!(world.get(tab, Need::Live), "token 2", "{problem:?}");
        let code = crate::core::Error::Store(crate::core::StoreError::new(problem)).code();
        assert_eq!(world.events(tab), [format!("store-failed {code}"), "refreshed 2".into()]);
        world.run_for(5 * MINUTE);
        assert_eq!(world.get(tab, Need::Live), "token 3");
        assert_eq!(world.events(tab), ["refreshed 3"], "the same trouble is told once");
        world.store.save_fault = None;
        world.run_for(5 * MINUTE);
        assert_eq!(world.get(tab, Need::Live), "token 4");
        assert_eq!(world.store.record().unwrap().stamp.generation, 4, "stored again as soon as there is room");
        assert_eq!(world.server.presented_twice, 0);
    }
}

#[test]
fn r3_a_sign_in_into_a_full_store_lives_in_memory() {
    let mut world = World::new();
    let tab = world.open();
    world.store.save_fault = Some(StoreProblem::Full);
    let waiter = world.sign_in(tab, "demo", "secret");
    assert_eq!(world.run_until_answered(waiter), "signed-in");
    assert_eq!(world.events(tab), ["store-failed store-full", "signed-in 1"]);
    world.show(tab);
    world.run_for(10 * MINUTE);
    assert_eq!(world.get(tab, Need::Live), "token 3", "an empty store is no sign-out");
    assert!(world.store.text.is_none());
    world.store.save_fault = None;
    world.run_for(5 * MINUTE);
    assert!(world.store.record().is_some_and(|record| record.stamp.generation >= 4));
}

#[test]
fn r3_a_session_that_could_not_replace_another_one_in_the_store_lives_in_memory() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.store.save_fault = Some(StoreProblem::Full);
    world.sign_in_as(tab, "other");
    world.run_for(5 * MINUTE);
    assert_eq!(world.get(tab, Need::Live), "token 2", "what is stored is not this session");
    world.store.save_fault = None;
    world.run_for(5 * MINUTE);
    assert_eq!(world.get(tab, Need::Live), "token 3");
    assert_eq!(world.store.record().unwrap().stamp, world.state(tab).unwrap().stamp);
    world.store.save_fault = Some(StoreProblem::Full);
    world.sign_in_as(tab, "third");
    world.store.save_fault = None;
    world.sign_in_as(tab, "fourth");
    assert_eq!(world.store.record().unwrap().stamp, world.state(tab).unwrap().stamp);
}

#[test]
fn r3_a_store_that_forgets_writes_costs_no_session() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.store.forgets = true;
    world.run_for(5 * MINUTE);
    assert_eq!(world.get(tab, Need::Live), "token 2");
    assert_eq!(world.store.record().unwrap().stamp.generation, 1);
    world.show(tab);
    world.run_for(SECOND);
    assert_eq!(world.generation(tab), Some(2), "memory never goes back to an older generation");
    world.store.forgets = false;
    world.run_for(5 * MINUTE);
    assert_eq!(world.server.presented_twice, 0);
    assert_eq!(world.store.record().unwrap().stamp.generation, world.generation(tab).unwrap());
}

#[test]
fn r3_a_store_that_is_damaged_during_a_refresh_costs_no_session() {
    for damage in ["garbage", "older", "unreadable"] {
        let mut world = World::new();
        let tab = world.signed_in();
        let older = world.store.text.clone();
        world.run_for(5 * MINUTE);
        world.get(tab, Need::Live);
        world.run_for(5 * MINUTE);
        let waiter = world.want(tab, Need::Live);
        world.run_until_step(Step::Sent(Kind::Refresh));
        match damage {
            "garbage" => world.store.text = Some("{".into()),
            "older" => world.store.text = older,
            _ => {
                world.store.text = Some("{".into());
                world.store.load_fault = Some(StoreProblem::Unavailable);
            }
        }
        assert_eq!(world.run_until_answered(waiter), "token 3", "{damage}");
        world.store.load_fault = None;
        world.run_for(5 * MINUTE);
        assert_eq!(world.get(tab, Need::Live), "token 4", "{damage}");
        assert_eq!(world.server.presented_twice, 0, "{damage}");
    }
}

#[test]
fn r4_rotation_replaces_the_refresh_token_and_none_keeps_it() {
    for rotation in [true, false] {
        let mut world = World::new();
        world.server.rotation = rotation;
        let tab = world.signed_in();
        let first = world.store.record().unwrap().refresh;
        for generation in 2..6 {
            world.run_for(5 * MINUTE);
            assert_eq!(world.get(tab, Need::Live), format!("token {generation}"));
        }
        let record = world.store.record().unwrap();
        assert_eq!(record.refresh != first, rotation);
        assert_eq!((record.pending, world.server.presented_twice), (None, 0));
    }
}

#[test]
fn r4_a_day_of_strict_rotation_presents_no_token_twice() {
    let mut world = World::new();
    world.server.lifetime = 60;
    let tabs = [world.open(), world.open(), world.open()];
    world.sign_in_as(tabs[0], "demo");
    for minute in 0..24 * 60 {
        if minute % 7 == 0 {
            world.server.faults.push_back(Fault::Unreachable);
            world.server.faults.push_back(super::server::retry_after(429, 3 * SECOND));
        }
        let waiter = world.want(tabs[minute % 3], Need::Live);
        assert!(world.run_until_answered(waiter).starts_with("token"), "minute {minute}");
        world.run_for(MINUTE);
    }
    assert!(world.now >= 24 * HOUR);
    assert_eq!((world.server.presented_twice, world.server.live_sessions()), (0, 1));
}

#[test]
fn r4_a_rejected_refresh_token_is_not_sent_again() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(Fault::Says(not_valid()));
    assert_eq!(world.get(tab, Need::Live), "rejected");
    world.show(tab);
    world.run_for(HOUR);
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn r2_a_failure_that_could_not_be_noted_does_not_make_a_shared_session_ones_own() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.outage = Some(html(503));
    world.store.save_fault = Some(StoreProblem::Full);
    assert_eq!(world.get(tab, Need::Live), "unavailable");
    world.run_for(MINUTE);
    let sent = world.server.count(Kind::Refresh);
    world.server.outage = None;
    world.store.load_fault = Some(StoreProblem::Unavailable);
    assert_eq!(world.get(tab, Need::Live), "store-unavailable", "another context may have gone on");
    assert_eq!(world.server.count(Kind::Refresh), sent);
}
