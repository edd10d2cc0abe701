use super::*;

const NOW: u64 = 1_800_000_000;

fn signed_in() -> (Sessions, Pair) {
    let mut sessions = Sessions::new(20);
    let pair = sessions.sign_in(NOW, "demo", "demo").unwrap();
    (sessions, pair)
}

#[test]
fn a_wrong_password_and_another_users_password_are_refused() {
    let mut sessions = Sessions::new(20);
    for (user, password) in [("demo", "wrong"), ("demo", "alice"), ("nobody", "nobody"), ("", "")] {
        assert_eq!(sessions.sign_in(NOW, user, password).err(), Some(Refused::Credentials), "{user}");
    }
    assert_eq!(sessions.counters, Counters::default());
}

#[test]
fn an_access_token_ends_exactly_at_its_exp() {
    let (mut sessions, pair) = signed_in();
    assert_eq!(sessions.authorize(NOW + 19, Some(&pair.access)), Ok("demo"));
    assert_eq!(sessions.authorize(NOW + 20, Some(&pair.access)), Err(Refused::Expired));
    assert_eq!((sessions.counters.requests_ok, sessions.counters.requests_unauthorized), (1, 1));
}

#[test]
fn an_access_token_lives_on_when_its_session_is_refreshed() {
    let (mut sessions, first) = signed_in();
    let second = sessions.refresh(NOW + 1, &first.refresh).unwrap();
    assert_eq!(sessions.authorize(NOW + 2, Some(&first.access)), Ok("demo"));
    assert_eq!(sessions.authorize(NOW + 20, Some(&second.access)), Ok("demo"));
}

#[test]
fn a_refresh_token_presented_twice_ends_its_session_and_no_other() {
    let (mut sessions, first) = signed_in();
    let other = sessions.sign_in(NOW, "demo", "demo").unwrap();
    let second = sessions.refresh(NOW, &first.refresh).unwrap();

    assert_eq!(sessions.refresh(NOW, &first.refresh).err(), Some(Refused::Blacklisted));
    assert_eq!(sessions.refresh(NOW, &second.refresh).err(), Some(Refused::Blacklisted));
    assert_eq!(sessions.authorize(NOW, Some(&second.access)), Err(Refused::Invalid));
    assert_eq!((sessions.counters.presented_twice, sessions.counters.sessions_ended), (1, 1));

    assert_eq!(sessions.authorize(NOW, Some(&other.access)), Ok("demo"));
    assert!(sessions.refresh(NOW, &other.refresh).is_ok());
}

#[test]
fn a_session_ends_once_however_often_a_token_is_presented() {
    let (mut sessions, first) = signed_in();
    sessions.refresh(NOW, &first.refresh).unwrap();
    for _ in 0..3 {
        assert_eq!(sessions.refresh(NOW, &first.refresh).err(), Some(Refused::Blacklisted));
    }
    assert_eq!((sessions.counters.presented_twice, sessions.counters.sessions_ended), (3, 1));
}

#[test]
fn signing_out_refuses_further_refreshes_without_counting_a_second_presentation() {
    let (mut sessions, pair) = signed_in();
    assert_eq!(sessions.blacklist(NOW, &pair.refresh), Ok(()));
    assert_eq!(sessions.blacklist(NOW, &pair.refresh), Err(Refused::Blacklisted));
    assert_eq!(sessions.refresh(NOW, &pair.refresh).err(), Some(Refused::Blacklisted));
    assert_eq!(sessions.authorize(NOW, Some(&pair.access)), Ok("demo"));
    assert_eq!((sessions.counters.presented_twice, sessions.counters.sessions_ended), (0, 0));
}

#[test]
fn a_token_of_the_wrong_kind_is_refused_by_name() {
    let (mut sessions, pair) = signed_in();
    assert_eq!(sessions.refresh(NOW, &pair.access).err(), Some(Refused::WrongType));
    assert_eq!(sessions.authorize(NOW, Some(&pair.refresh)), Err(Refused::WrongType));
}

#[test]
fn an_expired_refresh_token_is_refused() {
    let (mut sessions, pair) = signed_in();
    assert_eq!(sessions.refresh(NOW + REFRESH_LIFETIME, &pair.refresh).err(), Some(Refused::Expired));
    assert!(sessions.refresh(NOW + REFRESH_LIFETIME - 1, &pair.refresh).is_ok());
}

#[test]
fn verify_takes_good_tokens_of_both_kinds() {
    let (mut sessions, pair) = signed_in();
    assert_eq!(sessions.verify(NOW, &pair.access), Ok(()));
    assert_eq!(sessions.verify(NOW, &pair.refresh), Ok(()));
    sessions.refresh(NOW, &pair.refresh).unwrap();
    assert_eq!(sessions.verify(NOW, &pair.refresh), Err(Refused::Blacklisted));
    assert_eq!(sessions.verify(NOW + 20, &pair.access), Err(Refused::Expired));
    assert_eq!(sessions.verify(NOW, "garbage"), Err(Refused::Invalid));
}

#[test]
fn expiring_access_tokens_leaves_refresh_tokens_and_later_access_tokens_alone() {
    let (mut sessions, first) = signed_in();
    sessions.expire_access_tokens();
    assert_eq!(sessions.authorize(NOW, Some(&first.access)), Err(Refused::Invalid));
    let second = sessions.refresh(NOW, &first.refresh).unwrap();
    assert_eq!(sessions.authorize(NOW, Some(&second.access)), Ok("demo"));
}
