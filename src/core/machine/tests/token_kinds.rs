//! T4: tokens that are not what they are given as, and answers for somebody else.

use super::{
    rig::{MINUTE, World},
    server::{Fault, Kind, pair},
};
use crate::core::{error::Error, http::HttpAnswer, jwt::TokenKind, machine::Need};

#[test]
fn t4_a_refresh_token_given_as_access_token_is_refused_by_name() {
    let mut world = World::new();
    let tab = world.open();
    let (access, refresh) = world.server.new_session(0, "demo");
    for (first, second, expected) in [
        (&refresh, Some(&*access), TokenKind::Access),
        (&refresh, None, TokenKind::Access),
        (&world.server.new_session(0, "demo").0, Some(&*access), TokenKind::Refresh),
    ] {
        let waiter = world.adopt(tab, first, second);
        assert!(matches!(world.error(waiter), Error::WrongTokenKind { expected: kind } if *kind == expected));
    }
    world.run_for(MINUTE);
    assert!(world.store.text.is_none() && world.server.calls.is_empty(), "nothing is stored, nothing is sent");
}

#[test]
fn t4_a_mix_up_leaves_the_present_session_alone() {
    let mut world = World::new();
    let tab = world.signed_in();
    let (_, refresh) = world.server.new_session(0, "demo");
    let waiter = world.adopt(tab, &refresh, None);
    assert_eq!(world.outcome(waiter), "wrong-token-kind");
    assert_eq!(world.get(tab, Need::Live), "token 1");
}

#[test]
fn t4_an_opaque_token_says_nothing_and_is_taken() {
    let mut world = World::new();
    let tab = world.open();
    let waiter = world.adopt(tab, "opaque-access", Some("opaque-refresh"));
    assert_eq!(world.run_until_answered(waiter), "signed-in");
    assert_eq!(world.get(tab, Need::Live), "token 1");
}

#[test]
fn t4_a_refresh_answer_with_a_refresh_token_as_access_is_refused_and_its_rotation_kept() {
    let mut world = World::new();
    let tab = world.expired();
    let (_, wrong) = world.server.new_session(world.now, "demo");
    let consumed = world.store.record().unwrap().refresh.unwrap();
    world.server.faults.push_back(Fault::Says(pair(&wrong, Some(&wrong))));
    let waiter = world.want(tab, Need::Live);
    assert_eq!(world.run_until_answered(waiter), "misconfigured");
    assert_eq!(world.events(tab), ["refresh-failed misconfigured"]);
    let kept = world.store.record().unwrap().refresh.unwrap();
    assert!(kept != consumed && kept.expose() == wrong, "R3: stored first, judged after");
    world.run_for(MINUTE);
    assert!(world.get(tab, Need::Live).starts_with("token"), "the session goes on with what was stored");
}

#[test]
fn t4_a_refresh_answer_without_an_access_token_cures_no_401() {
    for need in [Need::Refresh, Need::Live] {
        let mut world = World::new();
        let tab = world.expired();
        let (_, successor) = world.server.new_session(world.now, "demo");
        let answer = HttpAnswer::new(200, &format!(r#"{{"refresh":"{successor}"}}"#));
        world.server.faults.push_back(Fault::Garbles(answer));
        assert_eq!(world.get(tab, need), "misconfigured", "{need:?}");
    }
}

#[test]
fn t4_a_refresh_answer_for_another_subject_is_refused() {
    let mut world = World::new();
    let tab = world.expired();
    let (access, refresh) = world.server.new_session(world.now, "mallory");
    world.server.faults.push_back(Fault::Says(pair(&access, Some(&refresh))));
    assert_eq!(world.get(tab, Need::Live), "misconfigured");
    assert_eq!(world.events(tab), ["refresh-failed misconfigured"]);
    assert!(world.store.record().unwrap().access.expose() != access);
    let waiter = world.want(tab, Need::Any);
    assert!(world.token(waiter).access.expose() != access, "another user's token is never in use");
}

#[test]
fn t4_a_refresh_answer_for_another_subject_is_never_a_reason_to_send_a_consumed_token() {
    let mut world = World::new();
    let tab = world.expired();
    let (access, refresh) = world.server.new_session(world.now, "mallory");
    world.server.faults.push_back(Fault::Garbles(pair(&access, Some(&refresh))));
    assert_eq!(world.get(tab, Need::Live), "misconfigured");
    world.run_for(2 * MINUTE);
    world.get(tab, Need::Live);
    assert_eq!(world.server.presented_twice, 0, "R4");
}

#[test]
fn t4_an_access_token_in_the_refresh_field_is_refused_and_the_session_kept() {
    let mut world = World::new();
    let tab = world.expired();
    let (access, _) = world.server.new_session(world.now, "demo");
    world.server.faults.push_back(Fault::Says(pair(&access, Some(&access))));
    assert_eq!(world.get(tab, Need::Live), "misconfigured");
    assert!(world.store.record().unwrap().refresh.unwrap().expose() != access);
}

#[test]
fn t4_a_refresh_answer_with_the_two_swapped_is_refused_and_stores_neither() {
    let mut world = World::new();
    let tab = world.expired();
    let (access, refresh) = world.server.new_session(world.now, "demo");
    world.server.faults.push_back(Fault::Says(pair(&refresh, Some(&access))));
    assert_eq!(world.get(tab, Need::Live), "misconfigured");
    let record = world.store.record().unwrap();
    assert!(record.refresh.unwrap().expose() != access && record.access.expose() != refresh);
}

#[test]
fn t4_a_sign_in_answer_of_the_wrong_kind_is_refused() {
    let mut world = World::new();
    let tab = world.open();
    let (_, refresh) = world.server.new_session(0, "demo");
    world.server.outage = Some(Fault::Says(pair(&refresh, Some(&refresh))));
    let waiter = world.sign_in(tab, "demo", "secret");
    assert_eq!(world.run_until_answered(waiter), "wrong-token-kind");
    assert_eq!((world.server.count(Kind::SignIn), world.store.text.is_some()), (1, false));
}
