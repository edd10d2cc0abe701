//! Flask-JWT-Extended, with tokens in headers.

use evertoken::{Credentials, Denial, FlaskJwt, Session};
use serde_json::json;
use tokio::time::sleep;

use super::{Row, World, cases};

const ROW: Row = Row {
    server: ("flask_jwt", &[]),
    builder: |server| Session::builder(FlaskJwt::new(&server.url("/")).unwrap()),
    credentials: Some(|password| Credentials::new("demo", password)),
    resource: "/protected",
    header: None,
    refresh_path: "/refresh",
    grant: |server| server.asking("/login").json(&json!({ "username": "demo", "password": "demo" })),
    names: ["access_token", "refresh_token"],
    refresh: |server, refresh| server.asking("/refresh").bearer_auth(refresh),
    revoke: |server, tokens| server.asking("/logout").bearer_auth(&tokens.refresh),
    rotates: false,
    bad_token: (422, false),
    reuse: (200, false),
    sign_out: (true, 401),
};

cases!(headers, super::ROW);

#[tokio::test]
async fn a_wrong_password_is_refused() {
    cases::a_wrong_password(&ROW).await;
}

#[tokio::test]
async fn a_view_that_needs_a_fresh_login_is_not_cured_by_a_refresh_and_the_caller_is_told_what_does() {
    let world = World::signed_in(&ROW).await;
    let ask = || world.client.get(world.server.url("/fresh")).send();
    assert_eq!(ask().await.unwrap().status(), 200);
    sleep(cases::NEW).await;
    world.client.session().refresh().await.unwrap();
    let (answer, denial) = Denial::in_response(ask().await.unwrap()).await;
    assert_eq!(answer.status(), 401);
    assert!(matches!(denial, Some(Denial::LoginRequired { .. })), "{denial:?}");
}
