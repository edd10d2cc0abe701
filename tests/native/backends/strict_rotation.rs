//! Strict rotation, written by hand.

use evertoken::{Credentials, Session, StrictRotation};
use serde_json::json;

use super::{Row, cases};

const ROW: Row = Row {
    server: ("strict", &[]),
    builder: |server| Session::builder(StrictRotation::new(&server.url("/")).unwrap()),
    credentials: Some(|password| Credentials::new("demo", password)),
    resource: "/api/protected",
    header: None,
    refresh_path: "/auth/refresh_token",
    grant: |server| server.asking("/auth/token").json(&json!({ "username": "demo", "password": "demo" })),
    names: ["access_token", "refreshToken"],
    refresh: |server, refresh| server.asking("/auth/refresh_token").json(&json!({ "refreshToken": refresh })),
    revoke: |server, tokens| server.asking("/auth/logout").json(&json!({ "refreshToken": tokens.refresh })),
    rotates: true,
    bad_token: (401, true),
    reuse: (403, false),
    sign_out: (false, 200),
};

const FAMILY: Row = Row { server: ("strict", &[("EVERTOKEN_FAMILY", "1")]), reuse: (403, true), ..ROW };

cases!(one_token, super::ROW);
cases!(variant family, super::FAMILY);

#[tokio::test]
async fn a_wrong_password_is_refused() {
    cases::a_wrong_password(&ROW).await;
}
