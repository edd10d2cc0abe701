//! R5: a request that has run into its time limit is not lost yet.

use super::{
    rig::{MINUTE, SECOND, Step, World},
    server::{Fault, Kind},
};
use crate::core::{http::REQUEST_LIMIT, machine::Need};

#[test]
fn r5_a_strict_server_that_answers_after_the_time_limit_ends_no_session() {
    for latency in [16, 20, 25, 29] {
        let mut world = World::new();
        let tab = world.expired();
        world.server.latency = latency * SECOND;
        let waiter = world.want(tab, Need::Live);
        assert_eq!(world.run_until_answered(waiter), "unavailable", "{latency} s");
        world.run_for(MINUTE);
        assert_eq!(world.server.count(Kind::Refresh), 1, "{latency} s: nothing is sent again");
        assert_eq!(world.events(tab), ["refresh-failed unavailable", "refreshed 2"]);
        let stored = world.store.record().unwrap();
        assert_eq!((stored.stamp.generation, stored.pending, stored.failures), (2, None, 0));
        assert_eq!(world.get(tab, Need::Live), "token 2");
    }
}

#[test]
fn r5_a_server_that_never_answers_is_asked_again_after_as_long_once_more() {
    let mut world = World::new();
    world.server.grace = MINUTE;
    let tab = world.expired();
    world.server.faults.push_back(Fault::Silence);
    assert_eq!(world.get(tab, Need::Live), "unavailable");
    world.run_for(20 * SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 2");
    let gaps = world.server.refresh_gaps();
    assert!(gaps.len() == 1 && gaps[0] >= 2 * REQUEST_LIMIT, "{gaps:?}");
}

#[test]
fn r5_after_a_time_out_a_rejection_is_an_interruption() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(Fault::Silence);
    assert_eq!(world.get(tab, Need::Live), "unavailable");
    world.show(tab);
    world.run_for(MINUTE);
    assert_eq!(world.events(tab), ["refresh-failed unavailable", "signed-out interrupted"]);
}

#[test]
fn r5_other_contexts_wait_for_a_late_answer_too() {
    let mut world = World::new();
    let tab = world.expired();
    let other = world.open();
    world.server.latency = 25 * SECOND;
    world.want(tab, Need::Live);
    world.run_for(MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 1);
    assert_eq!((world.generation(tab), world.generation(other)), (Some(2), Some(2)));
}

#[test]
fn r5_a_late_answer_takes_the_place_of_a_second_attempt_that_is_under_way() {
    let mut world = World::new();
    world.server.grace = 10 * MINUTE;
    let tab = world.expired();
    world.server.latency = 40 * SECOND;
    world.show(tab);
    world.run_until_step(Step::Sent(Kind::Refresh));
    world.run_for(SECOND);
    world.run_until_step(Step::Sent(Kind::Refresh));
    world.run_until_step(Step::Stored);
    assert_eq!((world.generation(tab), world.server.count(Kind::Refresh)), (Some(2), 1), "the second is on its way");
    world.run_for(2 * MINUTE);
    assert_eq!(world.generation(tab), Some(2), "what the second brings comes too late");
    assert_eq!(world.events(tab), ["refresh-failed unavailable", "refreshed 2"]);
}

#[test]
fn r9_a_late_answer_is_nothing_to_a_session_that_has_gone_on() {
    let mut world = World::new();
    world.server.grace = MINUTE;
    let tab = world.expired();
    let other = world.open();
    world.server.latency = 50 * SECOND;
    world.want(tab, Need::Live);
    world.run_for(REQUEST_LIMIT + SECOND);
    world.server.latency = 100;
    world.run_for(20 * SECOND);
    assert_eq!((world.generation(tab), world.generation(other)), (Some(2), Some(2)));
    let stored = world.store.record();
    world.run_for(30 * SECOND);
    assert_eq!(world.store.record(), stored);
}

#[test]
fn s1_a_late_answer_for_a_session_that_was_signed_out_is_revoked() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.latency = 20 * SECOND;
    world.want(tab, Need::Live);
    world.run_for(REQUEST_LIMIT + SECOND);
    world.server.latency = 100;
    world.sign_out(tab);
    world.run_for(MINUTE);
    assert_eq!((world.store.text.as_ref(), world.server.live_sessions()), (None, 0));
}

#[test]
fn s1_a_sign_in_that_was_answered_too_late_is_revoked() {
    let mut world = World::new();
    let tab = world.open();
    world.server.latency = 20 * SECOND;
    let waiter = world.sign_in(tab, "demo", "secret");
    assert_eq!(world.run_until_answered(waiter), "unavailable");
    world.server.latency = 100;
    world.run_for(MINUTE);
    assert!(world.state(tab).is_none());
    assert_eq!(world.server.live_sessions(), 0);
}

#[test]
fn r5_an_answer_that_comes_while_its_time_out_is_being_stored_counts() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.latency = REQUEST_LIMIT + 1;
    world.store.latency = 10;
    world.want(tab, Need::Live);
    world.run_for(MINUTE);
    assert_eq!((world.generation(tab), world.server.count(Kind::Refresh)), (Some(2), 1));
    assert_eq!(world.store.record().unwrap().stamp.generation, 2);
}

#[test]
fn r2_the_lock_is_held_until_a_late_answer_is_stored() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.latency = REQUEST_LIMIT + 1;
    world.store.latency = 10;
    world.want(tab, Need::Live);
    world.run_until_step(Step::Heard(Kind::Refresh));
    world.trace.clear();
    world.run_for(MINUTE);
    let steps = world.trace.iter().map(|(_, step)| *step);
    let steps: Vec<_> = steps.filter(|step| matches!(step, Step::Stored | Step::Unlocked)).collect();
    assert_eq!(steps, [Step::Stored, Step::Stored, Step::Unlocked], "the time-out's failure, then the pair");
}
