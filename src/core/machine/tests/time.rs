//! T2 and T3: clocks that are wrong, jump or stop, and lifetimes that are odd.

use super::{
    rig::{HOUR, Happening, MINUTE, SECOND, Tab, World},
    server::Kind,
};
use crate::core::{
    Policy,
    machine::{Input, Need},
    policy::{DEFAULT_REFRESH_AHEAD, FLOOR},
};

/// A request every second for so long: how many waited, and how many carried a token that the server refuses.
fn requests(world: &mut World, tab: Tab, duration: i64) -> (usize, usize) {
    let end = world.now + duration;
    let (mut waited, mut refused) = (0, 0);
    while world.now < end {
        let asked = world.now;
        let waiter = world.want(tab, Need::Live);
        world.run_until_answered(waiter);
        waited += usize::from(world.now > asked);
        refused += usize::from(!world.server.admits(world.now, world.token(waiter).access.expose()));
        world.run_until(asked + SECOND);
    }
    (waited, refused)
}

#[test]
fn t2_a_client_whose_clock_is_hours_wrong_behaves_like_one_whose_clock_is_right() {
    for date in [false, true] {
        for hours in [-48, -3, 0, 3, 48] {
            let mut world = World::new();
            (world.server.lifetime, world.server.date) = (60, date);
            let tab = world.open_at(hours * HOUR);
            world.sign_in_as(tab, "demo");
            assert_eq!(requests(&mut world, tab, 10 * MINUTE), (0, 0), "{hours} h");
            assert_eq!(world.server.count(Kind::Refresh), 19, "one in 30 s and a round trip, {hours} h");
        }
    }
}

#[test]
fn t2_a_reload_under_a_wrong_clock_keeps_the_session_quiet() {
    for hours in [-5, 5] {
        let mut world = World::new();
        let tab = world.open_at(hours * HOUR);
        world.sign_in_as(tab, "demo");
        world.kill(tab);
        let again = world.open_at(hours * HOUR);
        assert_eq!(requests(&mut world, again, MINUTE), (0, 0));
        assert_eq!(world.server.count(Kind::Refresh), 0);
    }
}

#[test]
fn t2_the_round_trip_counts_against_the_lifetime() {
    let mut world = World::new();
    (world.server.lifetime, world.server.latency) = (20, 6 * SECOND);
    let tab = world.signed_in();
    let (waited, refused) = requests(&mut world, tab, 5 * MINUTE);
    assert_eq!(refused, 0, "{waited} waited");
}

#[test]
fn t2_a_wall_clock_set_back_hides_no_expiry() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.set_clock(tab, -10 * HOUR);
    world.run_for(6 * MINUTE);
    assert_eq!(world.get(tab, Need::Live), "token 2");
}

#[test]
fn t2_a_wall_clock_set_forward_costs_one_refresh_and_no_more() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.set_clock(tab, 10 * HOUR);
    assert_eq!(world.get(tab, Need::Live), "token 2", "more time may have passed");
    assert_eq!(requests(&mut world, tab, 2 * MINUTE), (0, 0));
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn t2_a_wall_clock_that_jumps_during_a_refresh_makes_no_loop() {
    for hours in [-2, 2] {
        let mut world = World::new();
        let tab = world.expired();
        let waiter = world.want(tab, Need::Live);
        world.run_for(20);
        world.set_clock(tab, hours * HOUR);
        assert!(world.run_until_answered(waiter).starts_with("token"));
        assert_eq!(requests(&mut world, tab, 2 * MINUTE), (0, 0), "{hours} h");
        assert!(world.server.count(Kind::Refresh) <= 2);
    }
}

#[test]
fn t2_sleep_counts_although_the_monotonic_clock_stops() {
    for monotonic_stops in [true, false] {
        let mut world = World::new();
        let tab = world.signed_in();
        world.sleep(tab, 8 * HOUR, monotonic_stops);
        assert_eq!(world.get(tab, Need::Live), "token 2");
    }
}

#[test]
fn t2_an_answer_that_arrived_in_sleep_is_used_on_waking() {
    let mut world = World::new();
    world.server.lifetime = 36_000;
    let tab = world.expired();
    let waiter = world.want(tab, Need::Live);
    world.run_for(20);
    world.sleep(tab, 5 * MINUTE, true);
    assert_eq!(world.run_until_answered(waiter), "token 2", "sleep is no time really lived through");
    assert_eq!(world.server.count(Kind::Refresh), 1);
}

#[test]
fn t2_a_refresh_that_fails_leaves_the_state_as_it_was() {
    let mut world = World::new();
    let tab = world.signed_in();
    // Rounded to milliseconds, two clocks are seldom in step.
    world.set_clock(tab, -1);
    let before = world.state(tab).unwrap().received_at;
    world.server.faults.extend(vec![super::server::html(503); 3]);
    world.run_for(MINUTE);
    world.want(tab, Need::Refresh);
    world.run_for(SECOND);
    assert!(world.server.count(Kind::Refresh) > 0);
    assert_eq!(world.state(tab).unwrap().received_at, before);
}

#[test]
fn t2_a_back_off_outlives_no_clock_that_was_set_back() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.extend(vec![super::server::html(503); 3]);
    let waiter = world.want(tab, Need::Live);
    world.run_for(200);
    world.set_clock(tab, -10 * HOUR);
    assert_eq!(world.run_until_answered(waiter), "token 2");
}

#[test]
fn t2_a_stored_back_off_outlives_no_clock_that_was_set_back() {
    let mut world = World::new();
    let tab = world.expired();
    world.server.faults.push_back(super::server::html(503));
    world.want(tab, Need::Live);
    world.run_for(200);
    world.kill(tab);
    let again = world.open_at(-30 * MINUTE);
    world.hide(again);
    world.run_for(2 * MINUTE);
    assert_eq!(world.get(again, Need::Live), "token 2", "two minutes are more than any back-off");
}

#[test]
fn t3_no_lifetime_however_odd_makes_a_loop() {
    for lifetime in [-1_000_000_000, -5, 0, 1, 2, 3, 4, 1_000_000_000] {
        let mut world = World::new();
        let tab = world.open();
        world.server.lifetime = lifetime;
        world.sign_in_as(tab, "demo");
        world.run_for(10 * MINUTE);
        let gaps = world.server.refresh_gaps();
        assert!(gaps.iter().all(|gap| *gap >= FLOOR), "lifetime {lifetime} s: {gaps:?}");
        if lifetime < 2 {
            assert!(gaps.is_empty(), "nobody asked: {gaps:?}");
        }
    }
}

#[test]
fn t3_a_token_that_is_over_on_arrival_is_still_an_answer() {
    for lifetime in [-5, 0, 1] {
        for need in [Need::Live, Need::Fresh, Need::Refresh] {
            let mut world = World::new();
            (world.server.lifetime, world.server.latency) = (lifetime, 800);
            let tab = world.signed_in();
            world.run_for(10 * SECOND);
            let begin = world.now;
            let outcome = world.get(tab, need);
            assert!(outcome.starts_with("token"), "lifetime {lifetime} s, {need:?}: {outcome}");
            assert!(
                world.now - begin <= 5 * SECOND,
                "lifetime {lifetime} s, {need:?}: waited for {}",
                world.now - begin
            );
            assert!(world.server.count(Kind::Refresh) <= 2, "lifetime {lifetime} s, {need:?}");
        }
    }
}

#[test]
fn t3_many_callers_of_odd_lifetimes_share_the_floor() {
    for lifetime in [0, 1] {
        let mut world = World::new();
        world.server.lifetime = lifetime;
        let tab = world.signed_in();
        for _ in 0..100 {
            world.want(tab, Need::Live);
            world.run_for(50);
        }
        world.run_for(5 * SECOND);
        assert!(world.server.refresh_gaps().iter().all(|gap| *gap >= FLOOR), "{:?}", world.server.refresh_gaps());
    }
}

#[test]
fn t3_jitter_only_ever_moves_the_background_refresh_earlier() {
    for entropy in [0, 1 << 31, u64::MAX] {
        let mut world = World::new();
        let tab = world.start(0, Policy::new(DEFAULT_REFRESH_AHEAD, entropy));
        world.run_for(5);
        world.sign_in_as(tab, "demo");
        world.run_for(5 * MINUTE);
        let first = world.server.calls.iter().find(|call| call.kind == Kind::Refresh).unwrap().at;
        assert!((210 * SECOND..=241 * SECOND).contains(&first), "{entropy}: {first}");
    }
}

#[test]
fn t3_a_token_of_unknown_lifetime_is_refreshed_on_demand_only() {
    let mut world = World::new();
    let tab = world.open();
    world.adopt(tab, "opaque-access", Some("opaque-refresh"));
    world.run_for(HOUR);
    assert_eq!(world.get(tab, Need::Live), "token 1");
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn t3_extra_ticks_do_nothing() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.show(tab);
    world.run_for(5);
    for _ in 0..1_000 {
        world.input(tab, Input::Tick);
    }
    let limits_only = world.agenda.values().all(|happening| matches!(happening, Happening::RunOut(..)));
    assert!(limits_only && world.events(tab).is_empty());
}
