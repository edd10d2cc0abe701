//! R5: the refresh token was sent, and nobody knows what came of it.

use super::{
    rig::{MINUTE, SECOND, Step, World},
    server::{Fault, Kind, html},
};
use crate::core::{
    http::{HttpAnswer, REQUEST_LIMIT},
    machine::Need,
};

#[test]
fn r5_a_cut_connection_is_tried_again_at_once() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(Fault::Cut);
    let begin = world.now;
    assert_eq!(world.get(tab, Need::Live), "token 2");
    assert!(world.now - begin < SECOND, "no back-off inside the grace period");
    assert_eq!(world.events(tab), ["refreshed 2"], "no failure is told");
}

#[test]
fn r5_a_lost_or_truncated_answer_is_asked_for_once_more_inside_the_grace_period() {
    for fault in [
        Fault::LostAnswer,
        Fault::Garbles(HttpAnswer::new(200, r#"{"access":"eyJ"#)),
        Fault::Garbles(HttpAnswer::new(200, "")),
    ] {
        let mut world = World::new();
        world.server.grace = 30 * SECOND;
        let tab = world.expired();
        world.server.faults.push_back(fault.clone());
        assert_eq!(world.get(tab, Need::Live), "token 2", "{fault:?}");
        assert_eq!(world.server.refresh_gaps().len(), 1);
        assert!(world.server.refresh_gaps()[0] <= REQUEST_LIMIT);
    }
}

#[test]
fn r5_a_lost_answer_of_a_strict_server_ends_as_interrupted() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(Fault::LostAnswer);
    assert_eq!(world.get(tab, Need::Live), "interrupted");
    assert_eq!(world.events(tab), ["signed-out interrupted"]);
    assert_eq!((world.store.text.as_ref(), world.server.count(Kind::Refresh)), (None, 2));
}

#[test]
fn r5_an_answer_lost_twice_waits_for_the_back_off() {
    let mut world = World::new();
    world.server.grace = MINUTE;
    let tab = world.expired();
    world.server.faults.extend([Fault::LostAnswer, Fault::LostAnswer]);
    assert_eq!(world.get(tab, Need::Live), "token 2");
    assert_eq!(world.events(tab), ["refresh-failed unavailable", "refreshed 2"]);
    assert!(world.server.refresh_gaps()[1] >= SECOND);
}

/// A context that dies this long after a caller wanted a token; what it sent reaches the server.
fn died_after(lived: i64, grace: i64) -> World {
    let mut world = World::new();
    world.server.grace = grace;
    let tab = world.expired();
    world.want(tab, Need::Live);
    world.run_for(lived);
    world.kill(tab);
    world.run_for(SECOND);
    world
}

#[test]
fn r5_whoever_finds_a_left_over_attempt_tries_once_more_at_once() {
    for lived in 0..115 {
        let mut world = died_after(lived, 10 * SECOND);
        let pending = world.store.record().unwrap().pending.is_some();
        let next = world.open_hidden();
        world.run_for(SECOND);
        let generation = if pending || lived > 100 { Some(2) } else { Some(1) };
        assert_eq!(world.generation(next), generation, "{lived} ms: hidden, and nobody asked");
        assert!(world.get(next, Need::Live).starts_with("token"), "{lived} ms");
    }
}

#[test]
fn r5_a_left_over_attempt_at_a_strict_server_ends_as_interrupted_or_was_never_sent() {
    for lived in 0..115 {
        let mut world = died_after(lived, 0);
        let (sent, stored) = (world.server.count(Kind::Refresh) > 0, world.store.record().unwrap().stamp.generation);
        let next = world.open();
        world.run_for(SECOND);
        let outcome = world.get(next, Need::Live);
        match (sent, stored) {
            (true, 1) => assert_eq!(outcome, "signed-out", "{lived} ms"),
            _ => assert_eq!(outcome, "token 2", "{lived} ms"),
        }
        let expected = if outcome == "signed-out" { "signed-out interrupted" } else { "refreshed 2" };
        assert!(stored == 2 || world.events(next) == [expected], "{lived} ms");
    }
}

#[test]
fn r5_a_context_that_is_open_takes_a_left_over_attempt_up_when_it_looks() {
    let mut world = World::new();
    world.server.grace = 10 * SECOND;
    let tab = world.expired();
    let other = world.open_hidden();
    world.want(tab, Need::Live);
    world.run_until_step(Step::Sent(Kind::Refresh));
    world.kill(tab);
    world.show(other);
    world.hide(other);
    world.run_for(SECOND);
    assert_eq!(world.generation(other), Some(2));
}

#[test]
fn r5_an_attempt_under_way_elsewhere_is_not_a_left_over_one() {
    let mut world = World::new();
    world.server.latency = 4 * SECOND;
    let tab = world.expired();
    let other = world.open();
    world.want(tab, Need::Live);
    world.run_until_step(Step::Sent(Kind::Refresh));
    world.show(other);
    world.run_for(MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 1, "the lock tells the two apart");
}

#[test]
fn r5_after_an_answer_of_unknown_effect_a_rejection_is_an_interruption() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(Fault::Garbles(HttpAnswer::new(502, "<html>")));
    assert_eq!(world.get(tab, Need::Live), "interrupted");
}

#[test]
fn r5_a_slow_look_does_not_wipe_the_pending_attempt() {
    let mut world = World::new();
    let tab = world.expired();
    world.store.latency = 300;
    world.input(tab, crate::core::machine::Input::Hint(crate::core::Hint::Changed));
    world.run_for(200);
    world.store.latency = 2;
    world.server.faults.push_back(Fault::Garbles(HttpAnswer::new(502, "<html>")));
    let waiter = world.want(tab, Need::Live);
    assert_eq!(world.run_until_answered(waiter), "interrupted");
}

#[test]
fn r5_a_hidden_context_takes_up_a_left_over_attempt_once_and_then_stays_quiet() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.outage = Some(html(503));
    world.want(tab, Need::Live);
    world.run_for(MINUTE);
    let calls = world.server.count(Kind::Refresh);
    world.run_for(60 * MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), calls, "R1: hidden contexts stay quiet, nobody waits");
}

#[test]
fn r5_an_ordinary_end_of_session_is_not_called_interrupted() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(super::server::retry_after(429, SECOND));
    world.server.faults.push_back(Fault::Unreachable);
    world.server.faults.push_back(Fault::Says(super::server::not_valid()));
    assert_eq!(world.get(tab, Need::Live), "rejected");
}
