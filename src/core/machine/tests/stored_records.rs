//! S2: what a machine makes of what it finds in the store.

use super::{
    rig::{HOUR, MINUTE, SECOND, Step, World},
    server::Kind,
};
use crate::core::{DEFAULT_REFRESH_AHEAD, Policy, error::StoreProblem, machine::Need};

const NEWER: &str = r#"{"v":2,"session":"from the future"}"#;

#[test]
fn s2_garbage_is_a_clean_signed_out_state_and_is_set_aside_at_the_next_sign_in() {
    for garbage in ["", "garbage", "{}", r#"{"v":1}"#, "[1,2", "\u{0}"] {
        let mut world = World::new();
        world.store.text = Some(garbage.into());
        let tab = world.open();
        assert_eq!(world.events(tab), ["store-failed record-corrupt"], "{garbage:?}");
        assert_eq!(world.get(tab, Need::Live), "signed-out");
        world.run_for(HOUR);
        assert_eq!(world.store.text.as_deref(), Some(garbage), "left alone until then");
        let waiter = world.sign_in(tab, "demo", "secret");
        assert_eq!(world.run_until_answered(waiter), "signed-in");
        assert_eq!(world.store.aside, [garbage]);
        assert_eq!(world.get(tab, Need::Live), "token 1");
    }
}

#[test]
fn s2_a_record_of_a_newer_version_is_named_and_set_aside_at_the_next_sign_in() {
    let mut world = World::new();
    world.store.text = Some(NEWER.into());
    let tab = world.open();
    assert_eq!(world.events(tab), ["store-failed record-newer"]);
    assert_eq!(world.get(tab, Need::Live), "signed-out");
    let out = world.sign_out(tab);
    assert_eq!(world.run_until_answered(out), "signed-out");
    assert_eq!(world.store.text.as_deref(), Some(NEWER), "a sign-out does not remove it");
    world.sign_in_as(tab, "demo");
    assert_eq!(world.store.aside, [NEWER]);
}

#[test]
fn s2_a_refresh_overwrites_no_record_of_a_newer_version() {
    let mut world = World::new();
    let tab = world.expired();
    world.store.text = Some(NEWER.into());
    assert_eq!(world.get(tab, Need::Live), "record-newer");
    world.show(tab);
    world.run_for(HOUR);
    assert_eq!((world.store.text.as_deref(), world.server.count(Kind::Refresh)), (Some(NEWER), 0));
    assert_eq!(world.events(tab)[0], "store-failed record-newer");
}

#[test]
fn s2_a_record_of_a_newer_version_that_appears_during_a_refresh_is_not_overwritten() {
    let mut world = World::new();
    let tab = world.expired();
    let waiter = world.want(tab, Need::Live);
    world.run_until_step(Step::Sent(Kind::Refresh));
    world.store.text = Some(NEWER.into());
    assert_ne!(world.run_until_answered(waiter), "waiting");
    world.show(tab);
    world.run_for(HOUR);
    assert_eq!(world.store.text.as_deref(), Some(NEWER));
    assert_eq!(world.server.presented_twice, 0);
}

#[test]
fn s2_a_record_that_is_damaged_under_a_live_session_is_set_aside_by_its_refresh() {
    let mut world = World::new();
    let tab = world.expired();
    world.store.text = Some("damaged".into());
    world.show(tab);
    assert_eq!(world.get(tab, Need::Live), "token 2");
    assert_eq!(world.store.aside, ["damaged"]);
    assert_eq!(world.store.record().unwrap().stamp.generation, 2);
}

#[test]
fn s2_a_store_that_cannot_be_read_at_the_start_is_told_and_read_again_when_seen() {
    let mut world = World::new();
    let first = world.signed_in();
    world.kill(first);
    world.store.load_fault = Some(StoreProblem::Unavailable);
    let tab = world.open();
    assert_eq!(world.events(tab), ["store-failed store-unavailable"]);
    world.store.load_fault = None;
    world.show(tab);
    world.run_for(SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 1");
}

#[test]
fn s2_a_store_that_cannot_be_read_under_the_lock_sends_nothing() {
    let mut world = World::new();
    let tab = world.expired();
    world.store.load_fault = Some(StoreProblem::Unavailable);
    assert_eq!(world.get(tab, Need::Live), "store-unavailable");
    assert_eq!(world.server.count(Kind::Refresh), 0);
    world.store.load_fault = None;
    world.run_for(5 * SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 2");
}

#[test]
fn s2_a_store_that_takes_too_long_is_named_and_not_the_endpoint() {
    let mut world = World::new();
    let tab = world.expired();
    world.store.latency = 2 * MINUTE;
    assert_eq!(world.get(tab, Need::Live), "store-timeout", "under the lock");
    let late = world.start(0, Policy::new(DEFAULT_REFRESH_AHEAD, 0));
    assert_eq!(world.get(late, Need::Live), "store-timeout", "before the first read");
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn s2_a_store_that_was_emptied_is_a_sign_out() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.store.text = None;
    world.show(tab);
    world.run_for(MINUTE);
    assert_eq!(world.events(tab), ["signed-out signed-out-elsewhere"]);
    assert_eq!(world.get(tab, Need::Live), "signed-out");
}

#[test]
fn s2_records_with_absurd_numbers_do_no_harm() {
    let top = 9_007_199_254_740_991;
    let absurd = [0, 1, -1, top, -top];
    for (number, other) in absurd.into_iter().flat_map(|number| absurd.map(|other| (number, other))) {
        let mut world = World::new();
        let first = world.signed_in();
        world.kill(first);
        world.store.edit(|record| {
            (record.received, record.lifetime, record.skew) = (number, Some(other), Some(number));
            (record.pending, record.retry_at, record.failures) = (Some(other), Some(other), u32::MAX);
        });
        let tab = world.open();
        world.run_for(2 * HOUR);
        let outcome = world.get(tab, Need::Live);
        assert!(outcome.starts_with("token"), "{number} {other}: {outcome}");
        assert!(world.server.count(Kind::Refresh) < 100, "{number} {other}");
    }
}

/// Another program, or this one with another URL, has signed in under the same name.
fn as_another_servers(world: &mut World) -> String {
    world.store.edit(|record| record.server = "https://other.example.com".into());
    world.store.text.clone().unwrap()
}

#[test]
fn q1_another_servers_session_is_not_used_and_is_set_aside_at_the_next_sign_in() {
    let mut world = World::new();
    let tab = world.expired();
    world.kill(tab);
    let foreign = as_another_servers(&mut world);
    let tab = world.open();
    assert_eq!(world.events(tab), ["store-failed record-foreign"]);
    assert_eq!(world.get(tab, Need::Live), "signed-out");
    world.show(tab);
    world.run_for(HOUR);
    assert_eq!(world.server.count(Kind::Refresh), 0, "its refresh token goes nowhere");
    let waiter = world.sign_in(tab, "demo", "secret");
    assert_eq!(world.run_until_answered(waiter), "signed-in");
    assert_eq!(world.store.aside, [foreign]);
    assert_eq!(world.get(tab, Need::Live), "token 1");
}

#[test]
fn q1_a_session_whose_place_another_servers_took_ends_without_a_refresh() {
    let mut world = World::new();
    let tab = world.expired();
    let foreign = as_another_servers(&mut world);
    assert_eq!(world.get(tab, Need::Live), "replaced");
    world.run_for(HOUR);
    assert_eq!((world.store.text.as_ref(), world.server.count(Kind::Refresh)), (Some(&foreign), 0));
}
