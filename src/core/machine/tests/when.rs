//! R1: fresh, stale and expired; visible and hidden.

use super::{
    rig::{HOUR, MINUTE, SECOND, World},
    server::Kind,
};
use crate::core::{
    machine::{Input, Need, STEP},
    policy::Phase,
};

#[test]
fn r1_fresh_is_sent_at_once() {
    let mut world = World::new();
    let tab = world.signed_in();
    for need in [Need::Any, Need::Live, Need::Fresh] {
        let waiter = world.want(tab, need);
        assert_eq!(world.outcome(waiter), "token 1", "{need:?}");
    }
    world.run_for(MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn r1_stale_is_sent_at_once_and_refreshed_beside_it() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(250 * SECOND);
    let waiter = world.want(tab, Need::Live);
    assert_eq!(world.outcome(waiter), "token 1");
    world.run_for(SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 2");
    assert_eq!(world.events(tab), ["refreshed 2"]);
}

#[test]
fn r1_a_request_that_can_be_sent_once_waits_for_a_token_that_is_not_stale() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(250 * SECOND);
    assert_eq!(world.get(tab, Need::Fresh), "token 2");
}

#[test]
fn r1_expired_waits_for_the_refresh() {
    let mut world = World::new();
    let tab = world.expired();
    let waiter = world.want(tab, Need::Live);
    assert_eq!(world.outcome(waiter), "waiting");
    assert_eq!(world.run_until_answered(waiter), "token 2");
}

#[test]
fn r1_whatever_is_there_is_given_without_a_refresh() {
    let mut world = World::new();
    let tab = world.expired();
    let waiter = world.want(tab, Need::Any);
    assert_eq!(world.outcome(waiter), "token 1");
    world.run_for(MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn r1_in_the_steady_state_no_request_waits() {
    let mut world = World::new();
    let tab = world.open();
    world.sign_in_as(tab, "demo");
    for _ in 0..600 {
        world.run_for(6 * SECOND);
        let waiter = world.want(tab, Need::Live);
        assert!(world.outcome(waiter).starts_with("token"));
    }
    assert_eq!(world.server.count(Kind::Refresh), 14, "one in each 240 s and round trip of an hour");
}

#[test]
fn r1_a_visible_context_refreshes_at_the_stale_line_and_a_hidden_one_stays_quiet() {
    let mut world = World::new();
    let tab = world.open();
    world.sign_in_as(tab, "demo");
    world.run_for(5 * MINUTE);
    assert_eq!(world.generation(tab), Some(2));
    world.hide(tab);
    world.run_for(3 * HOUR);
    assert_eq!(world.generation(tab), Some(2));
    assert_eq!(world.contexts[tab.0].wake.map(|wake| wake > world.now), None, "a hidden context sets no timer");
}

#[test]
fn r1_a_hidden_context_refreshes_as_soon_as_it_is_seen() {
    let mut world = World::new();
    let tab = world.expired();
    world.show(tab);
    world.run_for(SECOND);
    assert_eq!(world.generation(tab), Some(2));
}

#[test]
fn r1_what_another_context_did_is_found_on_coming_back() {
    let mut world = World::new();
    world.hints = false;
    let hidden = world.signed_in();
    let other = world.open();
    world.run_for(5 * MINUTE);
    assert_eq!((world.generation(hidden), world.generation(other)), (Some(1), Some(2)));
    world.show(hidden);
    world.run_for(SECOND);
    assert_eq!(world.generation(hidden), Some(2));
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn r1_timers_run_in_short_steps() {
    let mut world = World::new();
    world.server.lifetime = 1_000_000;
    let tab = world.open();
    world.sign_in_as(tab, "demo");
    let wake_in = |world: &World| world.contexts[tab.0].wake.expect("a timer") - world.now;
    assert!(wake_in(&world) <= 30 * SECOND);
    world.run_for(2 * SECOND);
    world.want(tab, Need::Refresh);
    assert!(wake_in(&world) <= STEP, "somebody waits");
}

#[test]
fn r1_the_lines_can_be_read_without_asking_the_machine() {
    let mut world = World::new();
    let tab = world.signed_in();
    let current = world.contexts[tab.0].machine.current().expect("a token");
    let clock = |world: &World| world.contexts[tab.0].clock(world.now);
    assert_eq!(current.phase(clock(&world)), Phase::Fresh);
    world.run_for(241 * SECOND);
    assert_eq!(current.phase(clock(&world)), Phase::Stale);
    world.run_for(MINUTE);
    assert_eq!(current.phase(clock(&world)), Phase::Expired);
    let state = world.state(tab).unwrap();
    assert_eq!(state.expires_at.unwrap() - state.received_at, 299 * SECOND);
}

#[test]
fn r1_a_session_without_a_refresh_token_lives_until_its_token_ends() {
    let mut world = World::new();
    let tab = world.open();
    let (access, _) = world.server.new_session(world.now, "demo");
    let waiter = world.adopt(tab, &access, None);
    assert_eq!(world.run_until_answered(waiter), "signed-in");
    world.run_for(250 * SECOND);
    for need in [Need::Any, Need::Live, Need::Fresh] {
        assert_eq!(world.get(tab, need), "token 1", "{need:?}");
    }
    assert_eq!(world.get(tab, Need::Refresh), "cannot-refresh");
    world.run_for(MINUTE);
    assert_eq!(world.get(tab, Need::Live), "cannot-refresh");
    assert!(world.server.calls.is_empty());
}

#[test]
fn r1_callers_who_come_before_the_store_is_read_wait_for_it() {
    let mut world = World::new();
    let first = world.signed_in();
    world.kill(first);
    world.run_for(MINUTE);
    world.store.latency = 200;
    let tab = world.start(0, crate::core::Policy::new(MINUTE, 0));
    let waiters = [Need::Any, Need::Live, Need::Fresh, Need::Refresh].map(|need| world.want(tab, need));
    assert!(waiters.iter().all(|waiter| world.outcome(*waiter) == "waiting"));
    let outcomes = waiters.map(|waiter| world.run_until_answered(waiter));
    assert_eq!(outcomes, ["token 1", "token 1", "token 1", "token 2"]);
    world.input(tab, Input::Tick);
    world.run_for(MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 1, "refresh() before the first read is one refresh");
}
