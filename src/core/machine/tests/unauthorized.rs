//! Q3: the answer to a request was 401.

use super::{
    rig::{HOUR, MINUTE, SECOND, Tab, World},
    server::{Kind, html},
};
use crate::core::{machine::Need, record::Stamp};

fn stamp(world: &World, tab: Tab) -> Stamp {
    world.state(tab).unwrap().stamp
}

#[test]
fn q3_a_401_is_cured_by_one_refresh() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    let than = stamp(&world, tab);
    let waiters: Vec<_> = (0..50).map(|_| world.want(tab, Need::Newer { than })).collect();
    world.run_for(SECOND);
    assert!(waiters.iter().all(|waiter| world.outcome(*waiter) == "token 2"));
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn q3_a_401_for_an_older_token_is_resent_with_the_newer_one_without_a_refresh() {
    let mut world = World::new();
    let tab = world.signed_in();
    let than = stamp(&world, tab);
    world.run_for(5 * MINUTE);
    world.get(tab, Need::Live);
    let waiter = world.want(tab, Need::Newer { than });
    assert_eq!(world.outcome(waiter), "token 2");
    world.run_for(MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn q3_a_newer_token_that_another_context_stored_is_found_first() {
    let mut world = World::new();
    world.hints = false;
    let tab = world.signed_in();
    let other = world.open_hidden();
    world.run_for(5 * MINUTE);
    assert_eq!(world.get(other, Need::Live), "token 2");
    let than = stamp(&world, tab);
    assert_eq!(world.get(tab, Need::Newer { than }), "token 2");
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn q3_a_newer_token_that_is_over_too_is_refreshed_first() {
    let mut world = World::new();
    let tab = world.signed_in();
    let than = stamp(&world, tab);
    world.run_for(5 * MINUTE);
    world.get(tab, Need::Live);
    world.run_for(5 * MINUTE);
    assert_eq!(world.get(tab, Need::Newer { than }), "token 3");
}

/// The caller's part of Q3, for ever: ask for a newer token as soon as there is one.
fn refuse_every_token(world: &mut World, tab: Tab, duration: i64) -> Vec<String> {
    let (end, mut outcomes) = (world.now + duration, Vec::new());
    while world.now < end {
        let than = stamp(world, tab);
        outcomes.push(world.get(tab, Need::Newer { than }));
        world.run_for(50);
    }
    outcomes
}

#[test]
fn q3_a_server_that_says_401_to_every_new_token_is_not_refreshed_in_a_loop() {
    let mut world = World::new();
    let tab = world.signed_in();
    let outcomes = refuse_every_token(&mut world, tab, HOUR);
    let refreshes = world.server.count(Kind::Refresh);
    assert!(refreshes <= 200, "{refreshes} refreshes in an hour");
    assert!(outcomes.iter().any(|outcome| outcome == "unavailable"), "callers are told");
    assert_eq!(world.get(tab, Need::Live).split(' ').next(), Some("token"), "the session lives on");
}

#[test]
fn q3_restraint_ends_when_time_has_passed() {
    let mut world = World::new();
    let tab = world.signed_in();
    refuse_every_token(&mut world, tab, 5 * MINUTE);
    world.run_for(2 * MINUTE);
    let than = stamp(&world, tab);
    assert!(world.get(tab, Need::Newer { than }).starts_with("token"));
}

#[test]
fn q3_a_401_now_and_then_is_no_reason_for_restraint() {
    let mut world = World::new();
    let tab = world.signed_in();
    for generation in 2..40 {
        world.run_for(30 * SECOND);
        let than = stamp(&world, tab);
        assert_eq!(world.get(tab, Need::Newer { than }), format!("token {generation}"));
    }
}

#[test]
fn q3_a_refresh_that_was_asked_for_is_not_restrained_like_a_401() {
    let mut world = World::new();
    let tab = world.signed_in();
    for generation in 2..20 {
        world.run_for(3 * SECOND);
        assert_eq!(world.get(tab, Need::Refresh), format!("token {generation}"));
    }
}

#[test]
fn q3_refresh_now_adopts_what_somebody_has_just_fetched() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    assert_eq!(world.get(tab, Need::Refresh), "token 2");
    assert_eq!(world.get(tab, Need::Refresh), "token 2");
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn q3_a_caller_with_a_401_does_not_sit_out_an_outage() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    world.server.outage = Some(html(503));
    let (begin, than) = (world.now, stamp(&world, tab));
    assert_eq!(world.get(tab, Need::Newer { than }), "unavailable");
    assert!(world.now - begin < SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 1");
}

#[test]
fn q3_a_401_that_ends_the_session_says_why() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    let than = stamp(&world, tab);
    world.server.faults.push_back(super::server::Fault::Says(super::server::not_valid()));
    assert_eq!(world.get(tab, Need::Newer { than }), "rejected");
    assert_eq!(world.get(tab, Need::Newer { than }), "rejected", "a request of that session comes late");
    assert_eq!(world.get(tab, Need::Live), "signed-out");
}
