//! R2 and R6: one refresh for everybody, under the lock, whoever goes away.

use super::{
    rig::{MINUTE, SECOND, Step, Tab, World},
    server::Kind,
};
use crate::core::{
    error::{StoreError, StoreProblem},
    machine::{Input, Job, LOCK_WAIT, LockFailure, Need},
};

#[test]
fn r2_a_hundred_callers_share_one_refresh() {
    let mut world = World::new();
    let tab = world.expired();
    let waiters: Vec<_> = (0..100).map(|_| world.want(tab, Need::Live)).collect();
    world.run_for(SECOND);
    assert!(waiters.iter().all(|waiter| world.outcome(*waiter) == "token 2"));
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn r2_of_two_contexts_at_expiry_one_refreshes_and_the_other_adopts() {
    for hints in [true, false] {
        for head_start in [0, 1, 2, 3, 5, 50, 103, 105, 107, 109, 110] {
            let mut world = World::new();
            let (first, second) = (world.open_hidden(), world.open_hidden());
            world.sign_in_as(first, "demo");
            world.hints = hints;
            world.run_for(5 * MINUTE);
            let one = world.want(first, Need::Live);
            world.run_for(head_start);
            let two = world.want(second, Need::Live);
            let outcomes = [one, two].map(|waiter| world.run_until_answered(waiter));
            assert_eq!(outcomes, ["token 2", "token 2"]);
            world.run_for(MINUTE);
            assert_eq!(world.server.count(Kind::Refresh), 1, "{head_start} ms apart, hints: {hints}");
            assert_eq!([world.events(first), world.events(second)], [["refreshed 2"], ["refreshed 2"]]);
        }
    }
}

#[test]
fn r2_ten_visible_contexts_refresh_once_per_life() {
    let mut world = World::new();
    let tabs: Vec<_> = (0..10).map(|_| world.open()).collect();
    world.sign_in_as(tabs[0], "demo");
    world.run_for(60 * MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 14, "one in 240 s and a little");
    assert_eq!(world.server.presented_twice, 0);
    assert!(tabs.iter().all(|tab| world.generation(*tab) == Some(15)));
}

/// A context that keeps the lock for ever.
fn block_the_lock(world: &mut World) {
    assert!(world.lock.request(Tab(99), Job(0)));
}

#[test]
fn r2_without_the_lock_nothing_is_sent_and_callers_get_an_error() {
    let mut world = World::new();
    let tab = world.expired();
    block_the_lock(&mut world);
    let waiter = world.want(tab, Need::Live);
    let begin = world.now;
    assert_eq!(world.run_until_answered(waiter), "lock-timeout");
    assert!((LOCK_WAIT..LOCK_WAIT + SECOND).contains(&(world.now - begin)));
    assert_eq!(world.server.count(Kind::Refresh), 0);
    assert_eq!(world.events(tab), ["refresh-failed lock-timeout"]);
    assert_eq!(world.generation(tab), Some(1), "the session lives on");
}

#[test]
fn r2_when_the_wait_for_the_lock_runs_out_a_newer_pair_is_adopted() {
    let mut world = World::new();
    let tab = world.expired();
    block_the_lock(&mut world);
    world.hints = false;
    let waiter = world.want(tab, Need::Live);
    world.run_for(SECOND);
    let received = super::server::EPOCH + world.now;
    world.store.edit(|record| (record.stamp.generation, record.received) = (2, received));
    assert_eq!(world.run_until_answered(waiter), "token 2");
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn r2_without_the_lock_a_token_that_lives_is_used() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(250 * SECOND);
    block_the_lock(&mut world);
    assert_eq!(world.get(tab, Need::Live), "token 1");
    let once = world.want(tab, Need::Fresh);
    assert_eq!(world.run_until_answered(once), "token 1", "a stale token is better than none");
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn r2_a_store_that_cannot_lock_sends_nothing() {
    let mut world = World::new();
    let tab = world.expired();
    world.lock.fault = Some(LockFailure::Failed(StoreError::new(StoreProblem::Denied)));
    assert_eq!(world.get(tab, Need::Live), "store-denied");
    assert_eq!(world.events(tab), ["store-failed store-denied", "refresh-failed store-denied"]);
    world.run_for(2 * SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 2");
}

#[test]
fn r2_a_session_that_never_reached_the_store_needs_no_lock() {
    let mut world = World::new();
    let tab = world.open_hidden();
    (world.store.save_fault, world.store.load_fault) = (Some(StoreProblem::Denied), Some(StoreProblem::Denied));
    world.sign_in_as(tab, "demo");
    world.run_for(5 * MINUTE);
    world.lock.fault = Some(LockFailure::Failed(StoreError::new(StoreProblem::Denied)));
    assert_eq!(world.get(tab, Need::Live), "token 2");
    (world.store.save_fault, world.store.load_fault) = (None, None);
    world.run_for(5 * MINUTE);
    world.lock.fault = Some(LockFailure::Failed(StoreError::new(StoreProblem::Denied)));
    assert_eq!(world.get(tab, Need::Live), "token 3");
    assert_eq!(world.store.record().unwrap().stamp.generation, 3);
}

#[test]
fn r2_a_session_that_others_share_is_not_refreshed_without_the_lock() {
    let mut world = World::new();
    let tab = world.expired();
    world.store.save_fault = Some(StoreProblem::Full);
    assert_eq!(world.get(tab, Need::Live), "token 2");
    world.run_for(5 * MINUTE);
    world.lock.fault = Some(LockFailure::Failed(StoreError::new(StoreProblem::Denied)));
    assert_eq!(world.get(tab, Need::Live), "store-denied");
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn r2_a_dead_contexts_lock_goes_to_the_next() {
    let mut world = World::new();
    let first = world.signed_in();
    let second = world.open_hidden();
    world.run_for(5 * MINUTE);
    world.want(first, Need::Live);
    world.run_until_step(Step::Locked);
    let waiter = world.want(second, Need::Live);
    world.run_for(1);
    world.kill(first);
    assert_eq!(world.run_until_answered(waiter), "token 2");
}

#[test]
fn r2_the_lock_is_held_around_exactly_the_refresh() {
    let mut world = World::new();
    let tab = world.expired();
    let waiter = world.want(tab, Need::Live);
    world.run_for(SECOND);
    let steps: Vec<_> = world.trace.iter().map(|(_, step)| *step).collect();
    let (sent, heard) = (Step::Sent(Kind::Refresh), Step::Heard(Kind::Refresh));
    let expected = [Step::Locked, Step::Stored, sent, heard, Step::Stored, Step::Announced, Step::Unlocked];
    assert_eq!(steps, [&expected[..], &[Step::Answered(waiter)]].concat());
}

#[test]
fn r2_a_sign_out_or_sign_in_elsewhere_is_found_under_the_lock() {
    let mut world = World::new();
    let (tab, other) = (world.expired(), world.open_hidden());
    world.hints = false;
    let out = world.sign_out(other);
    world.run_until_answered(out);
    assert_eq!(world.get(tab, Need::Live), "signed-out-elsewhere");
    let mut world = World::new();
    let (tab, other) = (world.expired(), world.open_hidden());
    world.hints = false;
    world.sign_in_as(other, "other");
    assert_eq!(world.get(tab, Need::Live), "replaced");
    assert_eq!(world.get(tab, Need::Live), "token 1");
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn r6_forgetting_every_caller_does_not_stop_the_refresh() {
    for lived in [0, 1, 3, 4, 60, 104, 106] {
        let mut world = World::new();
        let tab = world.expired();
        let waiters: Vec<_> = (0..3).map(|_| world.want(tab, Need::Live)).collect();
        world.run_for(lived);
        for waiter in &waiters {
            world.input(tab, Input::Forget { waiter: *waiter });
        }
        world.run_for(SECOND);
        assert_eq!(world.store.record().unwrap().stamp.generation, 2, "{lived} ms");
        assert!(waiters.iter().all(|waiter| world.outcome(*waiter) == "waiting"), "nobody is there any more");
        assert_eq!(world.get(tab, Need::Live), "token 2");
    }
}

#[test]
fn r6_a_forgotten_sign_in_and_sign_out_are_carried_out() {
    let mut world = World::new();
    let tab = world.open();
    let waiter = world.sign_in(tab, "demo", "secret");
    world.input(tab, Input::Forget { waiter });
    world.run_for(SECOND);
    assert_eq!(world.generation(tab), Some(1));
    let waiter = world.sign_out(tab);
    world.input(tab, Input::Forget { waiter });
    world.run_for(SECOND);
    assert_eq!((world.generation(tab), world.server.live_sessions()), (None, 0));
}
