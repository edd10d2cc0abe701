//! Everything that can happen to contexts and their world, for arbitrary histories.

use proptest::{prelude::*, sample::Index};

use super::server::{Fault, html, not_valid, retry_after};
use crate::core::{Hint, SignOutReason, error::StoreProblem, http::HttpAnswer, machine::Need};

#[derive(Clone, Debug)]
pub(super) enum Act {
    Want(Index, Need),
    /// A 401 for the token in use, or for one before it.
    Unauthorized(Index, bool),
    /// A resource hands a new token to the token in use, or to one before it.
    Offer(Index, bool),
    Forget(Index),
    SignIn(Index, &'static str),
    Adopt(Index, Pair),
    SignOut(Index),
    Hint(Index, Hint),
    Look(Index, bool),
    Tick(Index),
    Close(Index),
    Open,
    Kill(Index),
    Sleep(Index, bool),
    /// Both clocks jump; the monotonic one never back.
    Jump(Index, i64, i64),
    Run(i64),
    /// Whatever is under way happens now, in any order.
    Happen(Index),
    /// A result of work that is over comes once more.
    Again(Index),
    Fault(Trouble),
    Outage(Option<Fault>),
    LoadFault(Option<StoreProblem>),
    SaveFault(Option<StoreProblem>),
    LockFault(bool),
    /// The store holds something else.
    Text(Option<&'static str>),
    Forgets(bool),
    Deaf(bool),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Pair {
    Whole,
    AccessOnly,
    Opaque,
    Swapped,
}

#[derive(Clone, Debug)]
pub(super) enum Trouble {
    Plain(Fault),
    /// An answer with tokens of somebody else, or of the wrong kind.
    Tokens {
        user: &'static str,
        swapped: bool,
        access: bool,
    },
}

fn need() -> impl Strategy<Value = Need> {
    prop::sample::select(vec![Need::Any, Need::Live, Need::Live, Need::Fresh, Need::Refresh])
}

fn fault() -> impl Strategy<Value = Fault> {
    let says = |status, body: &str| Fault::Says(HttpAnswer::new(status, body));
    prop::sample::select(vec![
        Fault::Unreachable,
        Fault::Cut,
        Fault::LostAnswer,
        Fault::Silence,
        html(503),
        html(200),
        html(401),
        says(200, "{}"),
        says(404, ""),
        says(200, ""),
        says(200, "[1"),
        says(400, r#"{"x":1}"#),
        Fault::Says(not_valid()),
        Fault::Garbles(HttpAnswer::new(200, "{")),
        Fault::Garbles(HttpAnswer::new(502, "")),
        retry_after(429, 5_000),
        retry_after(503, i64::MAX),
        retry_after(429, i64::MIN),
        says(u16::MAX, "\u{0}"),
    ])
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let tokens = (prop::sample::select(vec!["demo", "other"]), any::<bool>(), any::<bool>())
        .prop_map(|(user, swapped, access)| Trouble::Tokens { user, swapped, access });
    prop_oneof![4 => fault().prop_map(Trouble::Plain), 1 => tokens]
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    use StoreProblem::{Corrupt, Denied, Full, NewerVersion, Unavailable};
    let reasons = prop::sample::select(vec![
        Hint::Changed,
        Hint::Ended(SignOutReason::Rejected),
        Hint::Ended(SignOutReason::SignedOutHere),
        Hint::Ended(SignOutReason::Replaced),
    ]);
    let problem =
        prop::option::weighted(0.4, prop::sample::select(vec![Unavailable, Full, Denied, Corrupt, NewerVersion]));
    let texts = prop::option::of(prop::sample::select(vec!["", "garbage", "{}", r#"{"v":2}"#, r#"{"v":1}"#]));
    let pairs = prop::sample::select(vec![Pair::Whole, Pair::Whole, Pair::AccessOnly, Pair::Opaque, Pair::Swapped]);
    let users = prop::sample::select(vec!["demo", "other", "wrong"]);
    let jump = prop_oneof![-100_000_000..100_000_000_i64, any::<i64>().prop_map(|ms| ms / 1_000_000)];
    let tab = any::<Index>;
    let commands = prop_oneof![
        6 => (tab(), need()).prop_map(|(tab, need)| Act::Want(tab, need)),
        2 => (tab(), any::<bool>()).prop_map(|(tab, before)| Act::Unauthorized(tab, before)),
        2 => (tab(), any::<bool>()).prop_map(|(tab, before)| Act::Offer(tab, before)),
        1 => tab().prop_map(Act::Forget),
        2 => (tab(), users).prop_map(|(tab, user)| Act::SignIn(tab, user)),
        2 => (tab(), pairs).prop_map(|(tab, pair)| Act::Adopt(tab, pair)),
        2 => tab().prop_map(Act::SignOut),
    ];
    let life = prop_oneof![
        2 => (tab(), reasons).prop_map(|(tab, hint)| Act::Hint(tab, hint)),
        2 => (tab(), any::<bool>()).prop_map(|(tab, visible)| Act::Look(tab, visible)),
        1 => tab().prop_map(Act::Tick),
        1 => tab().prop_map(Act::Close),
        1 => Just(Act::Open),
        1 => tab().prop_map(Act::Kill),
        1 => (tab(), any::<bool>()).prop_map(|(tab, stops)| Act::Sleep(tab, stops)),
        2 => (tab(), jump, 0..100_000_000_i64).prop_map(|(tab, wall, monotonic)| Act::Jump(tab, wall, monotonic)),
    ];
    let world = prop_oneof![
        4 => prop::sample::select(vec![1, 3, 60, 400, 2_000, 20_000, 300_000]).prop_map(Act::Run),
        16 => tab().prop_map(Act::Happen),
        3 => tab().prop_map(Act::Again),
    ];
    let harm = prop_oneof![
        4 => trouble().prop_map(Act::Fault),
        1 => prop::option::of(fault()).prop_map(Act::Outage),
        1 => problem.clone().prop_map(Act::LoadFault),
        1 => problem.prop_map(Act::SaveFault),
        1 => any::<bool>().prop_map(Act::LockFault),
        1 => texts.prop_map(Act::Text),
        1 => any::<bool>().prop_map(Act::Forgets),
        1 => any::<bool>().prop_map(Act::Deaf),
    ];
    prop_oneof![4 => commands, 2 => life, 6 => world, 2 => harm]
}
