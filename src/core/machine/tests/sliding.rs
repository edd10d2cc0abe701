//! Tokens that are their own refresh tokens, and tokens that resources hand out (R1, R3, R9, T4).

use super::{
    rig::{MINUTE, SECOND, Step, Tab, World},
    server::{EPOCH, Fault, Kind, html, pair},
};
use crate::core::{
    jwt::tests::jwt,
    machine::{Input, LockFailure, Need},
    record::Stamp,
};

impl World {
    /// A token of the user `demo` as the server would make it now; `more` are claims.
    fn token_of(&self, lifetime: i64, more: &str) -> String {
        let iat = (EPOCH + self.now).div_euclid(1_000);
        jwt(&format!(r#"{{"iat":{iat},"exp":{},"jti":"{}","user_id":"demo"{more}}}"#, iat + lifetime, self.now))
    }

    fn stamp(&self, tab: Tab) -> Stamp {
        self.state(tab).unwrap().stamp
    }

    fn offer(&mut self, tab: Tab, than: Stamp, access: &str) {
        self.input(tab, Input::Offered { than, access: access.into() });
    }

    /// Offers in answer to a request with the present token.
    fn offer_now(&mut self, tab: Tab, access: &str) {
        let than = self.stamp(tab);
        self.offer(tab, than, access);
    }

    fn access(&mut self, tab: Tab) -> String {
        let waiter = self.want(tab, Need::Any);
        self.token(waiter).access.expose().into()
    }

    /// A hidden context with a token of 300 seconds that is its own refresh token.
    fn slides(&mut self, more: &str) -> Tab {
        let tab = self.open_hidden();
        let token = self.token_of(300, more);
        let waiter = self.adopt(tab, &token, Some(&token));
        assert_eq!(self.run_until_answered(waiter), "signed-in");
        self.contexts[tab.0].events.clear();
        tab
    }
}

#[test]
fn r3_what_a_resource_hands_out_is_stored_before_it_is_used_and_followed_everywhere() {
    let mut world = World::new();
    let tab = world.signed_in();
    let other = world.open_hidden();
    world.run_for(MINUTE);
    let (refresh, token) = (world.store.record().unwrap().refresh, world.token_of(300, ""));
    world.offer_now(tab, &token);
    assert_eq!(world.generation(tab), Some(1), "not before it is durable");
    world.run_until_step(Step::Stored);
    assert_eq!(world.access(tab), token);
    world.run_for(SECOND);
    assert_eq!((world.access(other), world.generation(other)), (token, Some(2)));
    assert_eq!(world.events(tab), ["refreshed 2"]);
    assert_eq!(world.store.record().unwrap().refresh, refresh, "R4: no new one came");
    assert_eq!(world.server.count(Kind::Refresh), 0);
}

#[test]
fn r9_of_several_the_one_that_lasts_longest_wins_in_any_order() {
    for first in 0..3 {
        let mut world = World::new();
        let tab = world.signed_in();
        world.run_for(MINUTE);
        let than = world.stamp(tab);
        let tokens = [301, 303, 302].map(|lifetime| world.token_of(lifetime, ""));
        for at in 0..3 {
            world.offer(tab, than, &tokens[(first + at) % 3]);
            world.run_for(2);
        }
        world.run_for(SECOND);
        assert_eq!(world.access(tab), tokens[1]);
        world.offer(tab, than, &tokens[2]);
        world.run_for(SECOND);
        assert_eq!(world.access(tab), tokens[1], "an older answer comes last");
    }
}

#[test]
fn r9_of_two_that_last_equally_long_the_one_made_for_the_token_in_use_counts() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    let than = world.stamp(tab);
    let [first, second, third] = ["1", "2", "3"].map(|n| world.token_of(300, &format!(r#","n":{n}"#)));
    world.offer(tab, than, &first);
    world.run_for(SECOND);
    world.offer(tab, than, &second);
    world.run_for(SECOND);
    assert_eq!(world.access(tab), first);
    world.offer_now(tab, &third);
    world.run_for(SECOND);
    assert_eq!(world.access(tab), third);
    world.offer_now(tab, &third);
    world.run_for(SECOND);
    assert_eq!(world.generation(tab), Some(3), "the same token is no news");
}

#[test]
fn r9_two_contexts_agree_on_the_one_that_lasts_longest() {
    let mut world = World::new();
    let tabs = [world.signed_in(), world.open_hidden()];
    world.run_for(MINUTE);
    let tokens = [302, 303].map(|lifetime| world.token_of(lifetime, ""));
    for (tab, token) in tabs.iter().zip(&tokens) {
        world.offer_now(*tab, token);
    }
    world.run_for(SECOND);
    assert_eq!(tabs.map(|tab| world.access(tab)), [tokens[1].clone(), tokens[1].clone()]);
}

#[test]
fn r9_an_ended_session_takes_nothing_over() {
    let mut world = World::new();
    let tab = world.signed_in();
    let (than, token) = (world.stamp(tab), world.token_of(900, ""));
    world.offer(tab, than, &token);
    world.sign_out(tab);
    world.run_for(SECOND);
    world.offer(tab, than, &token);
    world.run_for(SECOND);
    assert!(world.state(tab).is_none() && world.store.text.is_none());
    world.sign_in_as(tab, "demo");
    world.offer(tab, than, &token);
    world.run_for(SECOND);
    assert_eq!(world.generation(tab), Some(1));
}

#[test]
fn t4_a_token_of_another_user_or_kind_is_not_taken_over() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    let (others, _) = world.server.new_session(world.now, "mallory");
    let (_, refresh) = world.server.new_session(world.now, "demo");
    for token in [&others, &refresh] {
        world.offer_now(tab, token);
        world.run_for(SECOND);
    }
    assert_eq!((world.generation(tab), world.events(tab).len()), (Some(1), 0));
}

#[test]
fn t1_an_opaque_token_takes_the_place_of_the_one_it_was_made_for() {
    let mut world = World::new();
    let tab = world.open_hidden();
    let waiter = world.adopt(tab, "opaque-1", None);
    world.run_until_answered(waiter);
    let than = world.stamp(tab);
    world.offer(tab, than, "opaque-2");
    world.run_for(SECOND);
    world.offer(tab, than, "opaque-3");
    world.run_for(SECOND);
    assert_eq!(world.access(tab), "opaque-2");
}

#[test]
fn r4_the_outcome_of_a_refresh_under_way_is_waited_for() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    let waiter = world.want(tab, Need::Refresh);
    world.run_until_step(Step::Sent(Kind::Refresh));
    let token = world.token_of(900, "");
    world.offer_now(tab, &token);
    assert_eq!(world.run_until_answered(waiter), "token 2");
    world.run_for(SECOND);
    assert_eq!((world.access(tab), world.generation(tab)), (token, Some(3)));
    assert_eq!(world.get(tab, Need::Refresh), "token 4", "the rotated refresh token was kept");
    assert_eq!(world.server.presented_twice, 0);
}

#[test]
fn r5_a_refresh_token_in_doubt_is_settled_first() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    world.server.outage = Some(Fault::Silence);
    world.want(tab, Need::Refresh);
    world.run_for(20 * SECOND);
    assert!(world.store.record().unwrap().pending.is_some());
    let token = world.token_of(900, "");
    world.offer_now(tab, &token);
    world.run_for(100);
    assert!(world.store.record().unwrap().pending.is_some(), "the mark stays");
}

#[test]
fn r8_an_outage_of_the_token_endpoint_keeps_nobody_from_it() {
    let mut world = World::new();
    let tab = world.slides("");
    world.run_for(MINUTE);
    world.server.outage = Some(html(503));
    world.get(tab, Need::Refresh);
    let token = world.token_of(300, "");
    world.offer_now(tab, &token);
    world.run_for(100);
    assert_eq!((world.access(tab), world.store.record().unwrap().failures), (token.clone(), 0));
    assert_eq!(world.store.record().unwrap().refresh.unwrap().expose(), token, "it is its own refresh token");
}

#[test]
fn r2_without_the_lock_it_is_not_taken_over_and_nobody_spins() {
    let mut world = World::new();
    let tab = world.signed_in();
    world.run_for(MINUTE);
    world.lock.fault = Some(LockFailure::TimedOut);
    let token = world.token_of(300, "");
    world.offer_now(tab, &token);
    world.run_for(MINUTE);
    assert_eq!((world.generation(tab), world.events(tab)), (Some(1), vec!["refresh-failed lock-timeout".into()]));
}

#[test]
fn r1_what_can_be_renewed_only_while_it_lives_is_renewed_by_a_hidden_context_too() {
    let mut world = World::new();
    let tab = world.slides("");
    world.run_for(239 * SECOND);
    assert_eq!(world.server.count(Kind::Refresh), 0);
    let token = world.token_of(310, "");
    world.server.outage = Some(Fault::Says(pair(&token, Some(&token))));
    world.run_for(2 * SECOND);
    assert_eq!((world.server.count(Kind::Refresh), world.access(tab)), (1, token));
}

#[test]
fn r1_after_its_refresh_window_a_sliding_token_lives_on_until_it_ends() {
    let mut world = World::new();
    let end = EPOCH / 1_000 + 100;
    let tab = world.slides(&format!(r#","token_type":"sliding","refresh_exp":{end}"#));
    assert_eq!(world.get(tab, Need::Live), "token 1");
    world.run_for(101 * SECOND);
    assert_eq!(world.get(tab, Need::Refresh), "cannot-refresh");
    assert_eq!(world.get(tab, Need::Fresh), "token 1");
    world.run_for(150 * SECOND);
    assert_eq!(world.get(tab, Need::Live), "token 1", "stale, and nothing to be done");
    world.run_for(MINUTE);
    assert_eq!(world.get(tab, Need::Live), "cannot-refresh");
    assert_eq!((world.server.calls.len(), world.generation(tab)), (0, Some(1)));
}

#[test]
fn r1_within_its_refresh_window_a_sliding_token_is_refreshed() {
    let mut world = World::new();
    let end = EPOCH / 1_000 + 100;
    let tab = world.slides(&format!(r#","token_type":"sliding","refresh_exp":{end}"#));
    world.run_for(98 * SECOND);
    let token = world.token_of(300, &format!(r#","token_type":"sliding","refresh_exp":{end}"#));
    world.server.faults.push_back(Fault::Says(pair(&token, Some(&token))));
    assert_eq!(world.get(tab, Need::Refresh), "token 2");
    world.run_for(3 * SECOND);
    assert_eq!(world.get(tab, Need::Refresh), "cannot-refresh", "the window is the session's");
}
