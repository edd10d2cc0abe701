//! One token that slides, in the style of old tutorials: there is no refresh token, so the cases are its own.

use std::time::{Duration, SystemTime};

use evertoken::{Builder, Client, Credentials, Placement, Revocation, Session, SlidingJwt};
use tokio::time::sleep;

use super::cases;
use crate::common::{
    backend::{Backend, Settings},
    credentials, event, eventually, generation, stale,
};

async fn signed_in(settings: Settings) -> (Backend, Client) {
    signed_in_with(settings, |builder| builder).await
}

async fn signed_in_with(settings: Settings, configure: fn(Builder) -> Builder) -> (Backend, Client) {
    let server = Backend::start("sliding", settings).await;
    let backend = SlidingJwt::new(&server.url("/")).unwrap();
    let builder = configure(Session::builder(backend)).placement(Placement::Query { name: "token".into() });
    let client = Client::new(builder.background_refresh(false).build().await.unwrap());
    client.session().sign_in(&credentials()).await.unwrap();
    (server, client)
}

async fn status(server: &Backend, client: &Client) -> u16 {
    client.get(server.url("/mine/")).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_envelope_is_opened_and_the_token_goes_into_the_query() {
    let (server, client) = signed_in(&[]).await;
    assert_eq!(status(&server, &client).await, 200);
    let error = client.session().sign_in(&Credentials::new("demo", "wrong")).await.unwrap_err();
    assert_eq!(error.code(), "credentials-refused");
    assert!(matches!(client.session().sign_out().await.unwrap(), Revocation::NotSupported));
}

#[tokio::test]
async fn before_its_end_the_token_is_exchanged_and_after_it_the_session_is_over() {
    let (server, client) = signed_in(&[("EVERTOKEN_RENEW", "none")]).await;
    stale(client.session()).await;
    assert_eq!(status(&server, &client).await, 200);
    eventually("the exchange ends", async || generation(client.session()) == 2).await;
    assert_eq!(server.statuses("/update/token/").await, [200]);

    let end = client.session().state().unwrap().expires_at().unwrap();
    // Not by the session's own account, which is the more careful one.
    eventually("the token ends", async || SystemTime::now() > end + Duration::from_secs(1)).await;
    let mut events = client.session().events();
    assert_eq!(client.session().access_token().await.unwrap_err().code(), "rejected");
    event(&mut events, "signed-out").await;
}

#[tokio::test]
async fn the_session_survives_a_restart_of_the_server() {
    let (mut server, client) = signed_in(&[("EVERTOKEN_ACCESS_SECONDS", "60")]).await;
    sleep(cases::NEW).await;
    server.stop().await;
    assert_eq!(client.session().refresh().await.unwrap_err().code(), "unavailable");
    server.start_again().await;
    eventually("the exchange succeeds", async || client.session().refresh().await.is_ok()).await;
    assert_eq!(status(&server, &client).await, 200);
}

/// A session that refreshes nothing by itself, and whose token is near its end by the server's account.
async fn near_end(settings: Settings) -> (Backend, Client) {
    let (server, client) = signed_in_with(settings, |builder| builder.refresh_ahead(Duration::ZERO)).await;
    let state = client.session().state().unwrap();
    let half = Duration::from_secs(2) + Duration::from_millis(50);
    eventually("the token is near its end", async || SystemTime::now() > state.received_at() + half).await;
    (server, client)
}

#[tokio::test]
async fn renewal_by_header_takes_one_of_the_tokens_of_parallel_answers_and_asks_for_nothing() {
    let (server, client) = near_end(&[("EVERTOKEN_RENEW", "header")]).await;
    let end = client.session().state().unwrap().expires_at();
    let answers = tokio::join!(status(&server, &client), status(&server, &client), status(&server, &client));
    assert_eq!(answers, (200, 200, 200));
    eventually("a new token is in use", async || generation(client.session()) > 1).await;
    assert!(client.session().state().unwrap().expires_at() > end);
    assert_eq!(status(&server, &client).await, 200);
    assert!(server.statuses("/update/token/").await.is_empty());
}

#[tokio::test]
async fn renewal_by_flag_exchanges_the_token_once() {
    let (server, client) = near_end(&[("EVERTOKEN_RENEW", "flag")]).await;
    let answers = tokio::join!(status(&server, &client), status(&server, &client), status(&server, &client));
    assert_eq!(answers, (200, 200, 200));
    eventually("the exchange ends", async || generation(client.session()) == 2).await;
    assert_eq!(status(&server, &client).await, 200);
    assert_eq!(server.statuses("/update/token/").await, [200]);
}
