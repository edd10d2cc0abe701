//! R8: failures back off, in all contexts together, and disturb nobody whose token lives.

use super::{
    rig::{HOUR, MINUTE, SECOND, World},
    server::{Fault, Kind, html, retry_after},
};
use crate::core::{http::HttpAnswer, machine::Need, time::Delay};

#[test]
fn r8_the_back_off_grows_to_a_cap() {
    for outage in
        [Fault::Unreachable, html(503), Fault::Says(HttpAnswer::new(404, "")), Fault::Says(HttpAnswer::new(200, "{}"))]
    {
        let mut world = World::new();
        let tab = world.open();
        world.sign_in_as(tab, "demo");
        world.server.outage = Some(outage.clone());
        world.run_for(4 * MINUTE + 6 * HOUR);
        let record = world.store.record().unwrap();
        assert!(record.failures > 300, "{outage:?}: it tries on, {} times", record.failures);
        assert!(record.failures < 1_100, "{outage:?}: about 30 s apart, {} times", record.failures);
        assert!(record.retry_at.is_some_and(|at| at <= super::server::EPOCH + world.now + MINUTE + SECOND));
    }
}

#[test]
fn r8_an_answer_that_rotates_and_grants_nothing_backs_off_too() {
    let mut world = World::new();
    let tab = world.open();
    world.sign_in_as(tab, "demo");
    let (_, refresh) = world.server.new_session(0, "demo");
    let body = format!(r#"{{"refresh":"{refresh}"}}"#);
    world.server.outage = Some(Fault::Says(HttpAnswer::new(200, &body)));
    world.run_for(4 * MINUTE + HOUR);
    let calls = world.server.count(Kind::Refresh);
    assert!((60..250).contains(&calls), "{calls} requests in an hour");
}

#[test]
fn r8_retry_after_is_honoured() {
    let mut world = World::new();
    let tab = world.open();
    world.sign_in_as(tab, "demo");
    world.server.faults.push_back(retry_after(429, 90 * SECOND));
    world.run_for(10 * MINUTE);
    let gaps = world.server.refresh_gaps();
    assert!((90 * SECOND..92 * SECOND).contains(&gaps[0]), "{gaps:?}");
}

#[test]
fn r8_no_retry_after_imposes_more_than_an_hour() {
    for absurd in [i64::MAX, i64::MAX / 2, i64::MIN, -1, 0] {
        let mut world = World::new();
        let tab = world.expired();
        world.server.faults.push_back(retry_after(503, absurd));
        world.get(tab, Need::Live);
        world.run_for(HOUR + MINUTE);
        assert!(world.get(tab, Need::Live).starts_with("token"), "{absurd}");
    }
}

#[test]
fn r8_callers_are_told_when_it_is_tried_again() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(retry_after(429, 90 * SECOND));
    let (begin, waiter) = (world.now, world.want(tab, Need::Live));
    assert_eq!(world.run_until_answered(waiter), "unavailable");
    assert_eq!(world.error(waiter).delay(), Some(Delay(90 * SECOND)));
    assert!(world.now - begin < SECOND, "90 s are too long to wait for");
    assert_eq!(world.get(tab, Need::Live), "unavailable", "and nothing is sent before");
    assert_eq!(world.server.count(Kind::Refresh), 1);
    world.run_for(90 * SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 2");
}

#[test]
fn r8_all_contexts_back_off_together() {
    for hints in [true, false] {
        let mut world = World::new();
        let first = world.signed_in();
        let second = world.open_hidden();
        world.run_for(5 * MINUTE);
        world.hints = hints;
        world.server.faults.push_back(retry_after(429, 60 * SECOND));
        assert_eq!(world.get(first, Need::Live), "unavailable");
        world.run_for(5);
        let waiter = world.want(second, Need::Live);
        assert_eq!(world.run_until_answered(waiter), "unavailable");
        assert!(
            world.error(waiter).delay().is_some_and(|wait| (Delay(55 * SECOND)..=Delay(60 * SECOND)).contains(&wait))
        );
        let third = world.open_hidden();
        assert_eq!(world.get(third, Need::Live), "unavailable", "a new context reads it in the record");
        assert_eq!(world.server.count(Kind::Refresh), 1, "hints: {hints}");
        world.run_for(61 * SECOND);
        assert_eq!(world.get(third, Need::Live), "token 2");
    }
}

#[test]
fn r8_ten_contexts_send_no_more_than_one_does() {
    let mut world = World::new();
    let tabs: Vec<_> = (0..10).map(|_| world.open()).collect();
    world.sign_in_as(tabs[0], "demo");
    world.server.outage = Some(html(503));
    world.run_for(HOUR);
    let calls = world.server.count(Kind::Refresh);
    assert!(calls < 250, "{calls} requests in an hour");
}

#[test]
fn r8_a_failed_early_refresh_disturbs_nobody_whose_token_lives() {
    let mut world = World::new();
    let tab = world.open();
    world.sign_in_as(tab, "demo");
    world.server.outage = Some(html(503));
    world.run_for(241 * SECOND);
    while world.now < 298 * SECOND {
        for need in [Need::Live, Need::Any] {
            let waiter = world.want(tab, need);
            assert_eq!(world.outcome(waiter), "token 1", "{} ms", world.now);
        }
        assert_eq!(world.get(tab, Need::Fresh), "token 1");
        world.run_for(SECOND);
    }
    assert!(world.events(tab).iter().all(|event| event == "refresh-failed unavailable"));
    assert_eq!(world.get(tab, Need::Refresh), "unavailable", "who asks for a refresh is told");
}

#[test]
fn r8_a_success_resets_the_back_off() {
    let mut world = World::new();
    let tab = world.open();
    world.sign_in_as(tab, "demo");
    world.server.outage = Some(html(503));
    world.run_for(10 * MINUTE);
    world.server.outage = None;
    world.run_for(2 * MINUTE);
    let record = world.store.record().unwrap();
    assert_eq!((record.failures, record.retry_at, record.pending), (0, None, None));
}
