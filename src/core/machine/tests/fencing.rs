//! R9: a late answer overwrites nothing newer, resurrects nothing, and never crosses from one user to another.

use super::{
    rig::{MINUTE, SECOND, Step, Tab, World},
    server::{EPOCH, Fault, Kind, html, not_valid},
};
use crate::core::{
    Claims, Hint, SignOutReason,
    error::{Error, StoreProblem},
    machine::{Input, Need, WaiterId},
};

fn user_of(world: &World, waiter: WaiterId) -> String {
    Claims::decode(world.token(waiter).access.expose()).unwrap().subject.unwrap()
}

#[test]
fn r9_a_sign_out_at_any_moment_of_a_refresh_resurrects_nothing() {
    for lived in 0..115 {
        let mut world = World::new();
        let tab = world.expired();
        let waiter = world.want(tab, Need::Live);
        world.run_for(lived);
        let out = world.sign_out(tab);
        world.run_for(MINUTE);
        assert!(["token 2", "signed-out-here"].contains(&world.outcome(waiter).as_str()), "{lived} ms");
        assert_eq!(world.outcome(out), "signed-out revoked", "{lived} ms");
        assert_eq!(world.generation(tab), None);
        assert_eq!((world.store.text.as_ref(), world.server.live_sessions()), (None, 0), "{lived} ms");
        assert_eq!(world.server.presented_twice, 0);
    }
}

#[test]
fn r9_a_sign_out_in_another_context_at_any_moment_of_a_refresh_resurrects_nothing() {
    for hints in [true, false] {
        for lived in 0..115 {
            let mut world = World::new();
            let tab = world.expired();
            let other = world.open_hidden();
            world.hints = hints;
            let waiter = world.want(tab, Need::Live);
            world.run_for(lived);
            let out = world.sign_out(other);
            world.run_for(MINUTE);
            assert_ne!(world.outcome(waiter), "waiting");
            assert_ne!(world.outcome(out), "waiting");
            assert_eq!(
                (world.store.text.as_ref(), world.server.live_sessions()),
                (None, 0),
                "{lived} ms, hints: {hints}"
            );
            world.show(tab);
            world.run_for(SECOND);
            assert_eq!(world.generation(tab), None);
        }
    }
}

#[test]
fn r9_a_sign_in_at_any_moment_of_a_refresh_wins_and_orphans_are_revoked() {
    for elsewhere in [false, true] {
        for hints in [true, false] {
            for lived in 0..115 {
                let mut world = World::new();
                let tab = world.expired();
                let other = if elsewhere { world.open_hidden() } else { tab };
                world.hints = hints;
                let waiter = world.want(tab, Need::Live);
                world.run_for(lived);
                let (access, refresh) = world.server.new_session(world.now, "other");
                let adopted = world.adopt(other, &access, Some(&refresh));
                world.run_for(MINUTE);
                assert_eq!(world.outcome(adopted), "signed-in");
                if world.outcome(waiter).starts_with("token") {
                    assert_eq!(user_of(&world, waiter), "demo", "the caller came under the first session");
                }
                assert_eq!(world.store.record().unwrap().access.expose(), access, "{lived} ms");
                assert!(world.server.faults.is_empty());
                world.show(tab);
                world.run_for(SECOND);
                let later = world.want(tab, Need::Live);
                assert_eq!(user_of(&world, later), "other", "{lived} ms");
                let consumed = world.trace.iter().any(|(_, step)| *step == Step::Heard(Kind::Refresh));
                let used = world.outcome(waiter) == "token 2";
                let revoked = world.server.count(Kind::Revoke) > 0;
                assert!(!consumed || used || revoked, "{lived} ms, elsewhere: {elsewhere}: an orphan lives on");
            }
        }
    }
}

#[test]
fn r9_a_401_for_the_old_session_gets_no_token_of_the_new_one() {
    let mut world = World::new();
    let tab = world.signed_in();
    let first = world.want(tab, Need::Live);
    let than = world.token(first).stamp;
    world.sign_in_as(tab, "other");
    let waiter = world.want(tab, Need::Newer { than });
    world.run_until_answered(waiter);
    assert!(matches!(world.error(waiter), Error::Ended(SignOutReason::Replaced)));
    world.run_for(MINUTE);
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn r9_who_waits_under_one_user_gets_no_token_of_another() {
    for need in [Need::Live, Need::Fresh, Need::Refresh] {
        let mut world = World::new();
        let tab = world.expired();
        world.server.outage = Some(html(503));
        let waiter = world.want(tab, need);
        let (access, refresh) = world.server.new_session(world.now, "other");
        world.adopt(tab, &access, Some(&refresh));
        assert_eq!(world.run_until_answered(waiter), "replaced", "{need:?}");
    }
}

#[test]
fn r9_a_sign_in_that_lost_against_a_newer_one_is_superseded() {
    for hints in [true, false] {
        let mut world = World::new();
        let (slow, fast) = (world.open(), world.open());
        world.hints = hints;
        world.server.latency = 4 * SECOND;
        let first = world.sign_in(slow, "slow", "secret");
        world.run_for(SECOND);
        let (access, refresh) = world.server.new_session(world.now, "fast");
        let second = world.adopt(fast, &access, Some(&refresh));
        assert_eq!(world.run_until_answered(second), "signed-in");
        assert_eq!(world.run_until_answered(first), "superseded");
        world.run_for(10 * SECOND);
        let waiter = world.want(slow, Need::Live);
        assert_eq!(user_of(&world, waiter), "fast");
        assert_eq!(world.server.live_sessions(), 1, "the loser's tokens are revoked");
    }
}

#[test]
fn r9_of_two_sign_ins_in_one_context_the_later_stays() {
    for lived in [0, 20, 60, 100, 101, 102, 110] {
        let mut world = World::new();
        let tab = world.open();
        let first = world.sign_in(tab, "first", "secret");
        world.run_for(lived);
        let second = world.sign_in(tab, "second", "secret");
        world.run_for(SECOND);
        assert_ne!(world.outcome(first), "waiting");
        assert_eq!(world.outcome(second), "signed-in", "{lived} ms");
        let waiter = world.want(tab, Need::Live);
        assert_eq!(user_of(&world, waiter), "second", "{lived} ms");
    }
}

#[test]
fn r9_of_two_adoptions_in_a_row_the_later_stays() {
    let mut world = World::new();
    let tab = world.open();
    let pairs = ["first", "second"].map(|user| world.server.new_session(0, user));
    let waiters = pairs.map(|(access, refresh)| world.adopt(tab, &access, Some(&refresh)));
    world.run_for(SECOND);
    assert_eq!(world.outcome(waiters[1]), "signed-in");
    let waiter = world.want(tab, Need::Live);
    assert_eq!(user_of(&world, waiter), "second");
}

#[test]
fn r9_the_tokens_of_a_sign_in_that_came_too_late_are_revoked() {
    let mut world = World::new();
    let tab = world.open();
    let first = world.sign_in(tab, "first", "secret");
    world.run_for(20);
    let second = world.sign_in(tab, "second", "secret");
    world.run_for(SECOND);
    assert_eq!([world.outcome(first), world.outcome(second)], ["superseded", "signed-in"]);
    assert_eq!(world.server.live_sessions(), 1);
}

#[test]
fn r9_a_sign_out_after_a_sign_in_has_the_last_word() {
    for lived in [0, 20, 60, 100, 101, 102] {
        for signed_in in [false, true] {
            let mut world = World::new();
            let tab = if signed_in { world.signed_in() } else { world.open() };
            let sign_in = world.sign_in(tab, "other", "secret");
            world.run_for(lived);
            let out = world.sign_out(tab);
            world.run_for(MINUTE);
            assert!(world.outcome(out).starts_with("signed-out"), "{lived} ms");
            assert_ne!(world.outcome(sign_in), "waiting");
            assert_eq!((world.generation(tab), world.store.text.as_ref()), (None, None), "{lived} ms");
            // A session that another one has replaced is left to its end.
            let replaced = usize::from(signed_in && world.outcome(sign_in) == "signed-in");
            assert_eq!(world.server.live_sessions(), replaced, "{lived} ms");
        }
    }
}

#[test]
fn r9_a_read_that_began_before_a_change_does_not_undo_it() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.store.latency = 600;
    world.show(tab);
    world.hide(tab);
    world.run_for(310);
    world.store.latency = 2;
    let out = world.sign_out(tab);
    assert_eq!(world.run_until_answered(out), "signed-out revoked");
    world.run_for(MINUTE);
    assert_eq!(world.generation(tab), None, "what the read saw is older than the sign-out");
}

#[test]
fn r9_a_read_that_found_nobody_does_not_end_a_session_that_began_meanwhile() {
    let mut world = World::new();
    let tab = world.open_hidden();
    world.store.latency = 600;
    world.show(tab);
    world.run_for(310);
    world.store.latency = 2;
    let (access, refresh) = world.server.new_session(world.now, "demo");
    let waiter = world.adopt(tab, &access, Some(&refresh));
    assert_eq!(world.run_until_answered(waiter), "signed-in");
    world.run_for(MINUTE);
    assert_eq!(world.events(tab), ["signed-in 1"]);
    assert_eq!(world.get(tab, Need::Live), "token 1");
}

#[test]
fn r9_damaged_text_that_vanishes_under_a_refresh_is_a_sign_out() {
    let mut world = World::new();
    let tab = world.expired();
    world.store.text = Some("damaged".into());
    let waiter = world.want(tab, Need::Live);
    world.run_until_step(Step::Locked);
    world.run_for(2);
    world.store.text = None;
    assert_eq!(world.run_until_answered(waiter), "signed-out-elsewhere");
    assert_eq!((world.store.text.as_ref(), world.server.count(Kind::Refresh)), (None, 0));
}

#[test]
fn r9_sessions_that_ended_here_stay_gone_although_the_store_could_not_be_written() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.store.save_fault = Some(StoreProblem::Full);
    world.sign_out(tab);
    world.run_for(SECOND);
    world.sign_in_as(tab, "second");
    world.sign_in_as(tab, "third");
    world.show(tab);
    world.run_for(SECOND);
    let waiter = world.want(tab, Need::Live);
    assert_eq!(user_of(&world, waiter), "third");
    world.sign_out(tab);
    world.run_for(SECOND);
    world.show(tab);
    world.run_for(SECOND);
    assert_eq!(world.generation(tab), None);
}

/// Another context's late answer becomes durable, and this one is told so at once.
fn somebody_stores_the_next_pair(world: &mut World, tab: Tab) {
    let (access, refresh) = world.server.new_session(world.now, "demo");
    let received = EPOCH + world.now;
    world.store.edit(|record| {
        record.stamp.generation += 1;
        record.received = received;
        record.pending = None;
        record.access = access.into();
        record.refresh = Some(refresh.into());
    });
    world.input(tab, Input::Hint(Hint::Changed));
}

#[test]
fn r9_a_failure_is_not_stored_over_a_pair_that_came_meanwhile() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.outage = Some(html(503));
    let waiter = world.want(tab, Need::Live);
    world.run_until_step(Step::Heard(Kind::Refresh));
    somebody_stores_the_next_pair(&mut world, tab);
    assert_eq!(world.run_until_answered(waiter), "token 2");
    world.run_for(MINUTE);
    assert_eq!(world.store.record().unwrap().stamp.generation, 2);
}

#[test]
fn r7_the_rejection_of_an_old_token_does_not_end_a_session_that_has_a_newer_pair() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(Fault::Says(not_valid()));
    let waiter = world.want(tab, Need::Live);
    world.run_until_step(Step::Sent(Kind::Refresh));
    somebody_stores_the_next_pair(&mut world, tab);
    assert_eq!(world.run_until_answered(waiter), "token 2");
    world.run_for(MINUTE);
    assert_eq!(world.generation(tab), Some(2));
    assert_eq!(world.store.record().unwrap().stamp.generation, 2);
}
