//! djangorestframework-simplejwt, as projects set it up.

use evertoken::{Client, Credentials, Denial, Refusal, Session, SimpleJwt};
use serde_json::json;

use super::{Row, World, cases};
use crate::common::{backend::Backend, credentials, event, eventually, generation, stale};

const ROW: Row = Row {
    server: ("simplejwt", &[]),
    builder: |server| Session::builder(SimpleJwt::new(&server.url("/api/token/")).unwrap()),
    credentials: Some(|password| Credentials::new("demo", password)),
    resource: "/api/protected/",
    header: None,
    refresh_path: "/api/token/refresh/",
    grant: |server| server.asking("/api/token/").json(&json!({ "username": "demo", "password": "demo" })),
    names: ["access", "refresh"],
    refresh: |server, refresh| server.asking("/api/token/refresh/").json(&json!({ "refresh": refresh })),
    revoke: |server, tokens| server.asking("/api/token/blacklist/").json(&json!({ "refresh": tokens.refresh })),
    rotates: true,
    bad_token: (401, true),
    reuse: (401, false),
    sign_out: (true, 401),
};

const WITHOUT_ROTATION: Row =
    Row { server: ("simplejwt", &[("EVERTOKEN_ROTATE", "0")]), rotates: false, reuse: (200, false), ..ROW };

/// Nothing ends a refresh token there.
const WITHOUT_BLACKLIST: Row =
    Row { server: ("simplejwt", &[("EVERTOKEN_BLACKLIST", "0")]), reuse: (200, false), sign_out: (true, 200), ..ROW };

const SESSION_FIRST: Row = Row {
    server: ("simplejwt", &[("EVERTOKEN_SESSION_FIRST", "1")]),
    builder: |server| {
        let expired = Refusal::status(403).at("code").is(&["token_not_valid"]);
        (ROW.builder)(server).refresh_on([Refusal::status(401), expired])
    },
    bad_token: (403, true),
    ..ROW
};

cases!(rotation, super::ROW);
cases!(variant without_rotation, super::WITHOUT_ROTATION);
cases!(variant without_blacklist, super::WITHOUT_BLACKLIST);
cases!(variant session_authentication_first, super::SESSION_FIRST);

#[tokio::test]
async fn a_wrong_password_is_refused() {
    cases::a_wrong_password(&ROW).await;
}

#[tokio::test]
async fn r7_an_inactive_user_is_signed_out() {
    let (world, _) = World::expired(&ROW).await;
    world.server.post("/test/deactivate/", json!({ "username": "demo" })).await;
    assert_eq!(world.client.session().access_token().await.unwrap_err().code(), "rejected");
}

#[tokio::test]
async fn a_user_who_becomes_inactive_while_the_token_lives_is_told_so() {
    let world = World::signed_in(&ROW).await;
    world.server.post("/test/deactivate/", json!({ "username": "demo" })).await;
    let (answer, denial) = Denial::in_response(world.request().send().await.unwrap()).await;
    assert_eq!((answer.status().as_u16(), denial), (401, Some(Denial::AccountInactive)));
    assert!(world.client.session().state().is_none(), "the refresh was rejected");
}

#[tokio::test]
async fn r7_a_user_who_is_gone_is_a_500_which_ends_no_session() {
    let (world, _) = World::expired(&ROW).await;
    world.server.post("/test/delete/", json!({ "username": "demo" })).await;
    assert_eq!(world.client.session().refresh().await.unwrap_err().code(), "unavailable");
    assert_eq!(generation(world.client.session()), 1);
}

#[tokio::test]
async fn a_sliding_token_is_renewed_while_it_lives() {
    let server = Backend::start("simplejwt", &[("EVERTOKEN_SLIDING", "1")]).await;
    let backend = SimpleJwt::sliding(&server.url("/api/sliding/")).unwrap();
    let client = Client::new(Session::builder(backend).background_refresh(false).build().await.unwrap());
    client.session().sign_in(&credentials()).await.unwrap();
    stale(client.session()).await;
    assert_eq!(client.get(server.url("/api/protected/")).send().await.unwrap().status(), 200);
    eventually("the renewal ends", async || generation(client.session()) == 2).await;
    let end = client.session().state().unwrap().expires_at().unwrap();

    // Not by the session's own account, which is the more careful one.
    eventually("the token ends", async || std::time::SystemTime::now() > end + std::time::Duration::from_secs(1)).await;
    let mut events = client.session().events();
    assert_eq!(client.session().access_token().await.unwrap_err().code(), "rejected");
    event(&mut events, "signed-out").await;
}
