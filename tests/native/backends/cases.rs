//! What every backend goes through.

use evertoken::Revocation;
use tokio::{task::JoinSet, time::sleep};

use super::{Row, World};
use crate::common::{event, eventually, expired, generation, stale};

/// A token that is less than this old counts as new.
pub(super) const NEW: std::time::Duration = std::time::Duration::from_millis(1_010);

/// The cases for a row: all of them, or those that do not take long, for a variant of another row.
macro_rules! cases {
    ($name:ident, $row:expr) => {
        cases!(@ $name, $row,
            a_session_begins_and_ends
            q3_a_token_that_the_server_has_not_signed
            r4_rotation_and_reuse
            r7_a_refresh_token_that_has_been_revoked
            r1_a_stale_token
            r2_an_expired_token
            r7_a_restart_of_the_server
        );
    };
    (variant $name:ident, $row:expr) => {
        cases!(@ $name, $row,
            a_session_begins_and_ends
            q3_a_token_that_the_server_has_not_signed
            r4_rotation_and_reuse
        );
    };
    (@ $name:ident, $row:expr, $($case:ident)*) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $case() {
                    super::super::cases::$case(&$row).await;
                }
            )*
        }
    };
}

pub(super) async fn a_session_begins_and_ends(row: &Row) {
    let world = World::signed_in(row).await;
    assert_eq!((world.status().await, world.refreshes().await), (200, 0));

    let refresh = world.stored_refresh();
    let (is_told, status) = row.sign_out;
    let revocation = world.client.session().sign_out().await.unwrap();
    assert_eq!(matches!(revocation, Revocation::Done), is_told, "{revocation:?}");
    assert!(world.client.session().state().is_none());
    assert_eq!(world.status_of_refresh(&refresh).await, status);
}

pub(super) async fn q3_a_token_that_the_server_has_not_signed(row: &Row) {
    let world = World::new(row).await;
    let mut tokens = world.tokens().await;
    let signed = tokens.access.rfind('.').map_or(0, |dot| dot + 1);
    tokens.access.replace_range(signed.., &"A".repeat(43));
    world.client.session().adopt(tokens.grant()).await.unwrap();

    let (status, is_cured) = row.bad_token;
    assert_eq!(world.status().await, if is_cured { 200 } else { status });
    let statuses = if is_cured { vec![status.into(), 200] } else { vec![status.into()] };
    assert_eq!((world.uses().await, world.refreshes().await), (statuses, usize::from(is_cured)));
}

pub(super) async fn r4_rotation_and_reuse(row: &Row) {
    let (world, tokens) = World::expired(row).await;
    assert_eq!(world.status().await, 200);
    assert_eq!(world.stored_refresh() != tokens.refresh, row.rotates);

    let (status, ends_session) = row.reuse;
    assert_eq!(world.status_of_refresh(&tokens.refresh).await, status);
    sleep(NEW).await;
    let next = world.client.session().refresh().await;
    assert_eq!(next.err().map(|error| error.code()), ends_session.then_some("rejected"));
}

pub(super) async fn r7_a_refresh_token_that_has_been_revoked(row: &Row) {
    let (world, tokens) = World::expired(row).await;
    let answer = (row.revoke)(&world.server, &tokens).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    let mut events = world.client.session().events();
    assert_eq!(world.client.session().access_token().await.unwrap_err().code(), "rejected");
    event(&mut events, "signed-out").await;
}

pub(super) async fn r1_a_stale_token(row: &Row) {
    let world = World::signed_in(row).await;
    world.server.delay_refreshes(1_000).await;
    stale(world.client.session()).await;
    assert_eq!(world.status().await, 200);
    assert_eq!(generation(world.client.session()), 1, "the answer came before the refresh ended");
    eventually("the refresh ends", async || generation(world.client.session()) == 2).await;
    assert_eq!((world.refreshes().await, world.uses().await), (1, vec![200]));
}

pub(super) async fn r2_an_expired_token(row: &Row) {
    let world = World::signed_in(row).await;
    expired(world.client.session()).await;
    let requests: JoinSet<_> = (0..20).map(|_| world.request().send()).collect();
    let answers = requests.join_all().await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 200));
    assert_eq!((world.refreshes().await, world.uses().await), (1, vec![200; 20]), "the expired token was not sent");
}

pub(super) async fn r7_a_restart_of_the_server(row: &Row) {
    let (mut world, _) = World::expired(row).await;
    world.server.stop().await;
    let mut events = world.client.session().events();
    let request = tokio::spawn(world.request().send());
    event(&mut events, "refresh-failed").await;
    world.server.start_again().await;
    assert_eq!(request.await.unwrap().unwrap().status(), 200, "the request waits until the server may be asked again");
}

/// For backends that sign in.
pub(super) async fn a_wrong_password(row: &Row) {
    let world = World::new(row).await;
    let credentials = row.credentials.expect("a backend that signs in");
    let error = world.client.session().sign_in(&credentials("wrong")).await.unwrap_err();
    assert_eq!(error.code(), "credentials-refused");
}
