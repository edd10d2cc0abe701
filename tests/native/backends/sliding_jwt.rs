//! One token that slides, in the style of old tutorials: there is no refresh token, so the cases are its own.

use std::time::{Duration, SystemTime};

use evertoken::{Client, Credentials, Placement, Revocation, Session, SlidingJwt};
use tokio::time::sleep;

use super::cases;
use crate::common::{
    backend::{Backend, Settings},
    credentials, event, eventually, generation, stale,
};

async fn signed_in(settings: Settings) -> (Backend, Client) {
    let server = Backend::start("sliding", settings).await;
    let backend = SlidingJwt::new(&server.url("/")).unwrap();
    let builder = Session::builder(backend).placement(Placement::Query { name: "token".into() });
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
