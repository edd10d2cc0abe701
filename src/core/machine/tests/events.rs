//! S3 and S4: every context tells each thing once, and nothing tells a secret.

use super::{
    rig::{MINUTE, SECOND, Step, World},
    server::{Fault, Kind, not_valid, retry_after},
};
use crate::core::{
    Hint, SignOutReason,
    backend::{Credentials, Grant},
    machine::{Input, Need, WaiterId},
    policy::{DEFAULT_REFRESH_AHEAD, Policy},
};

#[test]
fn s3_each_event_is_told_once_in_every_context() {
    let mut world = World::new();
    let tabs = [world.open_hidden(), world.open_hidden(), world.open_hidden()];
    let told = |world: &mut World, expected: &str, elsewhere: &str| {
        world.run_for(5 * SECOND);
        let expected = [expected, elsewhere, elsewhere];
        assert_eq!(tabs.map(|tab| world.events(tab).join(", ")), expected);
    };
    world.sign_in(tabs[0], "demo", "secret");
    told(&mut world, "signed-in 1", "signed-in 1");
    world.run_for(5 * MINUTE);
    for tab in tabs {
        world.want(tab, Need::Live);
    }
    told(&mut world, "refreshed 2", "refreshed 2");
    world.sign_in(tabs[0], "other", "secret");
    told(&mut world, "signed-out replaced, signed-in 1", "signed-out replaced, signed-in 1");
    world.sign_out(tabs[0]);
    told(&mut world, "signed-out signed-out-here", "signed-out signed-out-elsewhere");
    world.sign_in(tabs[0], "demo", "secret");
    world.run_for(5 * MINUTE);
    for tab in tabs {
        world.events(tab);
        world.want(tab, Need::Live);
    }
    world.server.faults.push_back(Fault::Says(not_valid()));
    told(&mut world, "signed-out rejected", "signed-out rejected");
}

#[test]
fn s3_the_reason_of_an_end_is_known_although_the_lock_is_faster_than_the_hint() {
    let mut world = World::new();
    let (first, second) = (world.expired(), world.open_hidden());
    world.run_for(SECOND);
    world.hints = false;
    world.server.faults.push_back(Fault::Says(not_valid()));
    let waiters = [first, second].map(|tab| world.want(tab, Need::Live));
    world.run_until_step(Step::Unlocked);
    world.run_until_step(Step::Locked);
    world.input(second, Input::Hint(Hint::Ended(SignOutReason::Rejected)));
    assert_eq!(waiters.map(|waiter| world.run_until_answered(waiter)), ["rejected", "rejected"]);
    assert_eq!(world.events(second), ["signed-out rejected"]);
}

#[test]
fn s3_a_failed_refresh_is_told_once_in_every_context() {
    let mut world = World::new();
    let (first, second) = (world.signed_in(), world.open_hidden());
    world.run_for(5 * MINUTE);
    world.server.faults.push_back(retry_after(429, MINUTE));
    world.get(first, Need::Live);
    world.run_for(SECOND);
    world.show(second);
    world.hide(second);
    world.run_for(SECOND);
    assert_eq!(world.events(first), ["refresh-failed unavailable"]);
    assert_eq!(world.events(second), ["refresh-failed unavailable"]);
}

#[test]
fn s3_a_context_that_starts_tells_nothing_of_what_was_before() {
    let mut world = World::new();
    let first = world.signed_in();
    let second = world.open();
    world.run_for(SECOND);
    assert!(world.events(second).is_empty() && world.events(first).is_empty());
    assert_eq!(world.generation(second), Some(1));
}

#[test]
fn s3_a_look_that_sees_a_sign_in_before_its_own_write_is_confirmed_does_not_repeat_it() {
    let mut world = World::new();
    let (tab, other) = (world.open_hidden(), world.open_hidden());
    world.store.latency = 400;
    let (access, refresh) = world.server.new_session(0, "demo");
    let waiter = world.adopt(tab, &access, Some(&refresh));
    world.run_for(201);
    world.store.latency = 2;
    world.input(tab, Input::Hint(Hint::Changed));
    assert_eq!(world.run_until_answered(waiter), "signed-in");
    world.run_for(SECOND);
    assert_eq!(world.events(tab), ["signed-in 1"]);
    world.run_for(5 * MINUTE);
    assert_eq!(world.get(other, Need::Live), "token 2");
    world.run_for(SECOND);
    assert_eq!(world.generation(tab), Some(2), "the session follows the store like any other");
}

#[test]
fn s3_a_look_that_sees_a_refresh_before_its_own_write_is_confirmed_does_not_repeat_it() {
    let mut world = World::new();
    let tab = world.expired();
    world.want(tab, Need::Live);
    world.run_until_step(Step::Sent(Kind::Refresh));
    world.store.latency = 400;
    world.run_for(301);
    world.store.latency = 2;
    world.input(tab, Input::Hint(Hint::Changed));
    world.run_for(SECOND);
    assert_eq!(world.events(tab), ["refreshed 2"]);
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn s3_hints_that_come_twice_or_out_of_order_change_nothing() {
    let mut world = World::new();
    let tab = world.signed_in();
    for reason in [SignOutReason::Rejected, SignOutReason::SignedOutHere, SignOutReason::Replaced] {
        world.input(tab, Input::Hint(Hint::Ended(reason)));
        world.input(tab, Input::Hint(Hint::Changed));
        world.run_for(SECOND);
    }
    assert!(world.events(tab).is_empty());
    assert_eq!(world.get(tab, Need::Live), "token 1", "the record is the truth");
}

/// Fails when a token or password is in the text. Both kinds of token begin with the encoding of `{"alg":"HS256"`.
fn assert_clean(what: &str, text: &str) {
    for secret in ["eyJ", "secret", "demo"] {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

#[test]
fn s4_nothing_shows_a_secret() {
    let mut world = World::new();
    world.server.faults.extend([Fault::LostAnswer, Fault::Cut, retry_after(503, SECOND)]);
    world.server.grace = MINUTE;
    let tab = world.start(0, Policy::new(DEFAULT_REFRESH_AHEAD, 0));
    let mut waiters = vec![world.sign_in(tab, "demo", "secret")];
    for step in 0..1_000 {
        assert_clean("the machine", &format!("{:#?}", world.contexts[tab.0].machine));
        assert_clean("an effect or a result", &format!("{:#?}", world.agenda));
        match step {
            300 => waiters.push(world.sign_in(tab, "demo", "wrong")),
            350 | 500 => world.run_for(5 * MINUTE),
            400 | 600 => waiters.push(world.want(tab, Need::Refresh)),
            420 => world.server.outage = Some(Fault::Says(not_valid())),
            440 => world.server.outage = None,
            800 => waiters.push(world.sign_out(tab)),
            _ => world.run_for(1),
        }
    }
    for waiter in waiters {
        assert_clean("an answer", &format!("{:?}", world.replies[&waiter]));
        if let Some(Err(error)) = world.replies[&waiter].first() {
            assert_clean("an error", &format!("{error} {}", error.message()));
        }
    }
    let told = world.events(tab);
    assert!(told.len() > 3, "{told:?}");
    assert_clean("an event", &told.join(" "));
}

#[test]
fn s4_inputs_and_outputs_show_no_secret() {
    let mut world = World::new();
    let tab = world.signed_in();
    let (access, refresh) = world.server.new_session(0, "demo");
    let tokens = Grant { access: Some(access.into()), refresh: Some(refresh.into()), ..Grant::default() };
    let credentials = Credentials::new("demo", "secret");
    let waiter = WaiterId(0);
    for input in [
        Input::Want { waiter, need: Need::Live },
        Input::SignIn { waiter, credentials },
        Input::Adopt { waiter, tokens },
        Input::SignOut { waiter },
    ] {
        assert_clean("an input", &format!("{input:#?}"));
        let outputs = world.contexts[tab.0].handle(world.now, 0, input);
        assert_clean("an output", &format!("{outputs:#?}"));
    }
}
