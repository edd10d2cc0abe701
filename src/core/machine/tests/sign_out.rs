//! S1 and Close: commands before the first read, sign-out, and the end of a context.

use super::{
    rig::{MINUTE, SECOND, Step, World},
    server::{Fault, Kind},
};
use crate::core::{
    error::StoreProblem,
    http::HttpAnswer,
    machine::{Input, Need},
    policy::{DEFAULT_REFRESH_AHEAD, Policy},
};

#[test]
fn s1_sign_out_clears_and_announces_before_it_revokes() {
    let mut world = World::new();
    let tab = world.signed_in();
    let waiter = world.sign_out(tab);
    assert_eq!(world.events(tab), ["signed-out signed-out-here"]);
    assert_eq!(world.get(tab, Need::Live), "signed-out", "in memory it is over at once");
    assert_eq!(world.run_until_answered(waiter), "signed-out revoked");
    let steps: Vec<_> = world.trace.iter().map(|(_, step)| *step).filter(|s| !matches!(s, Step::Answered(_))).collect();
    assert_eq!(steps, [Step::Stored, Step::Announced, Step::Sent(Kind::Revoke)]);
    assert_eq!((world.store.text.as_ref(), world.server.live_sessions()), (None, 0));
}

#[test]
fn s1_the_outcome_of_the_revocation_is_reported_and_the_session_gone_all_the_same() {
    for (fault, outcome) in [
        (Fault::Unreachable, "signed-out unavailable"),
        (Fault::Silence, "signed-out unavailable"),
        (Fault::Says(HttpAnswer::new(404, "")), "signed-out unavailable"),
        (Fault::Says(HttpAnswer::new(205, "")), "signed-out revoked"),
    ] {
        let mut world = World::new();
        let tab = world.signed_in();
        world.server.outage = Some(fault);
        let waiter = world.sign_out(tab);
        assert_eq!(world.run_until_answered(waiter), outcome);
        assert!(world.store.text.is_none());
    }
}

#[test]
fn s1_sign_out_during_a_refresh_revokes_the_successor() {
    let mut world = World::new();
    let tab = world.expired();
    let waiter = world.want(tab, Need::Live);
    world.run_until_step(Step::Sent(Kind::Refresh));
    let sent = world.store.record().unwrap().refresh.unwrap();
    let out = world.sign_out(tab);
    assert_eq!(world.outcome(waiter), "signed-out-here");
    assert_eq!(world.run_until_answered(out), "signed-out revoked");
    let revoked = world.server.calls.last().unwrap();
    assert!(revoked.kind == Kind::Revoke && revoked.token != sent.expose(), "the one that was sent is consumed");
    assert_eq!(world.server.live_sessions(), 0);
}

#[test]
fn s1_sign_out_during_a_refresh_that_fails_revokes_what_there_is() {
    for fault in [Fault::Unreachable, Fault::Cut, super::server::html(503)] {
        let mut world = World::new();
        let tab = world.expired();
        world.server.faults.push_back(fault.clone());
        world.want(tab, Need::Live);
        world.run_until_step(Step::Sent(Kind::Refresh));
        let out = world.sign_out(tab);
        assert_eq!(world.run_until_answered(out), "signed-out revoked", "{fault:?}");
        assert_eq!(world.server.count(Kind::Refresh) + world.server.count(Kind::Revoke), world.server.calls.len() - 1);
    }
}

#[test]
fn s1_a_second_sign_out_waits_for_the_first() {
    let mut world = World::new();
    let tab = world.signed_in();
    let waiters = [world.sign_out(tab), world.sign_out(tab)];
    world.run_for(SECOND);
    assert_eq!(waiters.map(|waiter| world.outcome(waiter)), ["signed-out revoked", "signed-out revoked"]);
    let third = world.sign_out(tab);
    assert_eq!(world.outcome(third), "signed-out");
    assert_eq!(world.server.count(Kind::Revoke), 1);
}

#[test]
fn s1_a_sign_in_right_after_a_sign_out_stays() {
    for lived in [0, 1, 2, 3, 50] {
        let mut world = World::new();
        let tab = world.signed_in();
        let out = world.sign_out(tab);
        world.run_for(lived);
        let sign_in = world.sign_in(tab, "other", "secret");
        world.run_for(SECOND);
        assert_eq!([world.outcome(out), world.outcome(sign_in)], ["signed-out revoked", "signed-in"]);
        assert_eq!(world.get(tab, Need::Live), "token 1");
        assert!(world.store.record().is_some());
    }
}

#[test]
fn s1_two_sessions_signed_out_in_a_row_are_both_revoked() {
    for latency in [100, 5 * SECOND] {
        let mut world = World::new();
        let tab = world.signed_in();
        world.server.latency = latency;
        let first = world.sign_out(tab);
        let (access, refresh) = world.server.new_session(world.now, "other");
        world.adopt(tab, &access, Some(&refresh));
        world.run_for(10);
        let second = world.sign_out(tab);
        world.run_for(MINUTE);
        assert!(world.outcome(first).starts_with("signed-out"));
        assert_eq!(world.outcome(second), "signed-out revoked");
        assert_eq!(world.server.live_sessions(), 0);
    }
}

#[test]
fn s1_a_sign_out_that_takes_another_ones_place_forgets_no_token() {
    let mut world = World::new();
    world.server.rotation = false;
    let tab = world.expired();
    world.want(tab, Need::Live);
    world.run_until_step(Step::Sent(Kind::Refresh));
    let first = world.sign_out(tab);
    world.run_for(5);
    let (access, refresh) = world.server.new_session(world.now, "other");
    world.adopt(tab, &access, Some(&refresh));
    world.run_for(5);
    let second = world.sign_out(tab);
    world.run_for(MINUTE);
    assert!(world.outcome(first).starts_with("signed-out") && world.outcome(second).starts_with("signed-out"));
    assert_eq!(world.server.live_sessions(), 0, "the first session's token is revoked too");
}

#[test]
fn s1_when_the_record_cannot_be_cleared_the_caller_is_told_and_the_token_revoked() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.store.save_fault = Some(StoreProblem::Denied);
    let waiter = world.sign_out(tab);
    assert_eq!(world.run_until_answered(waiter), "store-denied");
    assert_eq!((world.generation(tab), world.server.live_sessions()), (None, 0));
    world.show(tab);
    world.run_for(SECOND);
    assert_eq!(world.generation(tab), None, "what is left in the store does not come back");
}

#[test]
fn s1_commands_before_the_first_read_are_queued_in_order() {
    let mut world = World::new();
    let first = world.signed_in();
    world.kill(first);
    let tab = world.start(0, Policy::new(DEFAULT_REFRESH_AHEAD, 0));
    let out = world.sign_out(tab);
    let sign_in = world.sign_in(tab, "other", "secret");
    assert!([out, sign_in].iter().all(|waiter| world.outcome(*waiter) == "waiting"));
    world.run_for(SECOND);
    assert_eq!([world.outcome(out), world.outcome(sign_in)], ["signed-out revoked", "signed-in"]);
    assert_eq!(world.server.live_sessions(), 1);
}

#[test]
fn close_answers_every_caller_and_ends_the_timers() {
    let mut world = World::new();
    let tab = world.expired();
    world.show(tab);
    world.server.latency = SECOND;
    let waiters = [Need::Live, Need::Fresh, Need::Refresh].map(|need| world.want(tab, need));
    world.input(tab, Input::Close);
    assert!(waiters.iter().all(|waiter| world.outcome(*waiter) == "closed"));
    let late = [world.want(tab, Need::Any), world.sign_in(tab, "demo", "secret"), world.sign_out(tab)];
    assert!(late.iter().all(|waiter| world.outcome(*waiter) == "closed"));
    assert!(world.contexts[tab.0].wake.is_none());
}

#[test]
fn close_lets_a_refresh_under_way_be_stored() {
    for lived in [5, 60, 104, 106] {
        let mut world = World::new();
        let tab = world.expired();
        world.want(tab, Need::Live);
        world.run_for(lived);
        world.input(tab, Input::Close);
        world.run_for(MINUTE);
        assert_eq!(world.store.record().unwrap().stamp.generation, 2, "{lived} ms");
        assert_eq!(world.server.count(Kind::Refresh), 1);
    }
}

#[test]
fn close_gives_up_a_refresh_that_still_waits_for_the_lock_or_the_store() {
    for lived in [0, 1, 2] {
        let mut world = World::new();
        let tab = world.expired();
        world.want(tab, Need::Live);
        world.run_for(lived);
        world.input(tab, Input::Close);
        world.run_for(MINUTE);
        assert_eq!(world.server.count(Kind::Refresh), 0, "{lived} ms");
        assert_eq!(world.store.record().unwrap().pending, None);
        let next = world.open();
        assert_eq!(world.get(next, Need::Live), "token 2", "the lock is free");
    }
}

#[test]
fn close_starts_no_refresh_and_ends_sign_in_and_sign_out_with_an_answer() {
    let mut world = World::new();
    let tab = world.open();
    let sign_in = world.sign_in(tab, "demo", "secret");
    world.input(tab, Input::Close);
    assert_eq!(world.run_until_answered(sign_in), "signed-in");
    world.run_for(10 * MINUTE);
    world.show(tab);
    world.run_for(MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 0);
    let other = world.signed_in();
    let out = world.sign_out(other);
    world.input(other, Input::Close);
    assert_eq!(world.run_until_answered(out), "signed-out revoked");
}

#[test]
fn close_before_the_first_read_answers_what_is_queued() {
    let mut world = World::new();
    let tab = world.start(0, Policy::new(DEFAULT_REFRESH_AHEAD, 0));
    let waiters = [world.want(tab, Need::Live), world.sign_in(tab, "demo", "secret"), world.sign_out(tab)];
    world.input(tab, Input::Close);
    world.run_for(SECOND);
    assert!(waiters.iter().all(|waiter| world.outcome(*waiter) == "closed"));
}

#[test]
fn s1_a_session_that_never_reached_the_store_is_signed_out_like_any_other() {
    let mut world = World::new();
    let tab = world.open();
    world.store.save_fault = Some(StoreProblem::Full);
    world.sign_in_as(tab, "demo");
    let out = world.sign_out(tab);
    assert_eq!(world.run_until_answered(out), "signed-out revoked");
}
