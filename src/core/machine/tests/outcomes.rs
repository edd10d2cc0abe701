//! R7: what each outcome of a refresh does to the session and to those who wait.

use super::{
    rig::{MINUTE, SECOND, Step, World},
    server::{EPOCH, Fault, Kind, html, not_valid},
};
use crate::core::{error::Error, http::HttpAnswer, machine::Need, time::Delay};

#[test]
fn r7_a_rejection_ends_the_session_everywhere() {
    let mut world = World::new();
    let tab = world.expired();
    let other = world.open_hidden();
    world.server.faults.push_back(Fault::Says(not_valid()));
    assert_eq!(world.get(tab, Need::Live), "rejected");
    world.run_for(SECOND);
    assert_eq!([world.events(tab), world.events(other)], [["signed-out rejected"], ["signed-out rejected"]]);
    assert_eq!([world.get(tab, Need::Live), world.get(other, Need::Live)], ["signed-out", "signed-out"]);
    assert!(world.store.text.is_none());
}

#[test]
fn r7_after_a_rejection_the_record_is_read_again_and_a_newer_pair_adopted() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(Fault::Says(not_valid()));
    let waiter = world.want(tab, Need::Live);
    world.run_until_step(Step::Sent(Kind::Refresh));
    let received = EPOCH + world.now;
    world.store.edit(|record| (record.stamp.generation, record.received) = (2, received));
    assert_eq!(world.run_until_answered(waiter), "token 2");
    assert_eq!(world.events(tab), ["refreshed 2"]);
}

#[test]
fn r7_a_rejection_because_another_context_signed_out_is_a_sign_out() {
    let mut world = World::new();
    let tab = world.expired();
    let other = world.open();
    world.hints = false;
    let waiter = world.want(tab, Need::Live);
    world.server.faults.push_back(Fault::Says(not_valid()));
    world.run_until_step(Step::Sent(Kind::Refresh));
    world.sign_out(other);
    assert_eq!(world.run_until_answered(waiter), "signed-out-elsewhere");
    world.run_for(SECOND);
    assert_eq!(world.events(tab), ["signed-out signed-out-elsewhere"]);
}

#[test]
fn r7_only_a_definitive_rejection_ends_a_session() {
    for (status, body) in [
        (200, "<html>"),
        (200, ""),
        (200, "[]"),
        (200, r#"{"access":1}"#),
        (200, r#"{"access":""}"#),
        (204, ""),
        (301, ""),
        (400, r#"{"refresh":["This field is required."]}"#),
        (401, "<html>"),
        (401, ""),
        (403, "<html>"),
        (404, "{}"),
        (405, "{}"),
        (407, ""),
        (408, ""),
        (409, ""),
        (415, "{}"),
        (418, "{}"),
        (425, ""),
        (429, ""),
        (500, "<h1>"),
        (502, ""),
        (503, r#"{"code":"token_not_valid"}"#),
        (511, "<html>"),
        (0, ""),
        (99, ""),
        (65_535, ""),
    ] {
        let mut world = World::new();
        let tab = world.expired();
        world.server.outage = Some(Fault::Says(HttpAnswer::new(status, body)));
        world.get(tab, Need::Live);
        world.run_for(5 * MINUTE);
        world.server.outage = None;
        world.run_for(MINUTE);
        assert!(world.get(tab, Need::Live).starts_with("token"), "{status} {body}");
        assert_eq!(world.server.live_sessions(), 1);
    }
}

#[test]
fn r7_offline_for_days_ends_no_session() {
    let mut world = World::new();
    let tab = world.open();
    world.sign_in_as(tab, "demo");
    world.server.outage = Some(Fault::Unreachable);
    world.run_for(48 * 60 * MINUTE);
    world.server.outage = None;
    world.run_for(2 * MINUTE);
    let waiter = world.want(tab, Need::Live);
    assert!(world.outcome(waiter).starts_with("token"));
}

#[test]
fn r7_a_short_outage_is_sat_out() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.outage = Some(html(503));
    let waiter = world.want(tab, Need::Live);
    world.run_for(900);
    world.server.outage = None;
    assert_eq!(world.run_until_answered(waiter), "token 2");
}

#[test]
fn r7_a_5xx_for_ever_gives_an_error_after_a_bounded_wait_and_keeps_the_session() {
    for fault in [html(500), Fault::Unreachable, Fault::Cut, Fault::Silence] {
        let mut world = World::new();
        world.server.grace = i64::MAX;
        let tab = world.expired();
        world.server.outage = Some(fault.clone());
        for _ in 0..3 {
            let begin = world.now;
            let waiter = world.want(tab, Need::Live);
            assert_eq!(world.run_until_answered(waiter), "unavailable", "{fault:?}");
            assert!(world.now - begin <= 61 * SECOND, "{fault:?}: {} ms", world.now - begin);
            assert!(world.error(waiter).delay().is_some_and(|wait| wait >= Delay(SECOND)), "{fault:?}");
            world.run_for(10 * SECOND);
        }
        world.server.outage = None;
        world.run_for(2 * MINUTE);
        assert_eq!(world.get(tab, Need::Live), "token 2");
    }
}

#[test]
fn r7_a_slow_server_answers_within_the_time_limit_or_not_at_all() {
    let mut world = World::new();
    world.server.grace = MINUTE;
    let tab = world.expired();
    world.server.latency = 20 * SECOND;
    let waiter = world.want(tab, Need::Live);
    assert_eq!(world.run_until_answered(waiter), "unavailable");
    world.server.latency = 100;
    world.run_for(20 * SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 2");
}

#[test]
fn r7_a_misconfigured_endpoint_is_reported_at_once_and_the_session_kept() {
    for (status, body) in
        [(301, ""), (404, "Not Found"), (405, ""), (415, "{}"), (400, r#"{"refresh":["?"]}"#), (200, "{}")]
    {
        let mut world = World::new();
        let tab = world.expired();
        world.server.faults.push_back(Fault::Says(HttpAnswer::new(status, body)));
        let (begin, waiter) = (world.now, world.want(tab, Need::Live));
        assert_eq!(world.run_until_answered(waiter), "misconfigured", "{status} {body}");
        assert!(world.now - begin < SECOND);
        assert!(matches!(world.error(waiter), Error::Misconfigured { .. }));
        assert_eq!(world.events(tab), ["refresh-failed misconfigured"]);
        world.run_for(MINUTE);
        assert_eq!(world.get(tab, Need::Live), "token 2");
    }
}

#[test]
fn r7_sign_in_tells_wrong_credentials_from_a_server_in_trouble() {
    let mut world = World::new();
    let tab = world.open();
    let waiter = world.sign_in(tab, "demo", "wrong");
    assert_eq!(world.run_until_answered(waiter), "credentials-refused");
    world.server.outage = Some(super::server::retry_after(503, 7 * SECOND));
    let waiter = world.sign_in(tab, "demo", "secret");
    assert_eq!(world.run_until_answered(waiter), "unavailable");
    assert_eq!(world.error(waiter).delay(), Some(Delay(7 * SECOND)));
    world.server.outage = Some(Fault::Says(HttpAnswer::new(404, "")));
    let waiter = world.sign_in(tab, "demo", "secret");
    assert_eq!(world.run_until_answered(waiter), "misconfigured");
    assert!(world.store.text.is_none() && world.events(tab).is_empty());
}

#[test]
fn r7_a_refused_sign_in_leaves_the_present_session_alone() {
    let mut world = World::new();
    let tab = world.signed_in();
    let waiter = world.sign_in(tab, "other", "wrong");
    assert_eq!(world.run_until_answered(waiter), "credentials-refused");
    assert_eq!(world.get(tab, Need::Live), "token 1");
}
