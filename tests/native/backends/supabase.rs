//! Supabase Auth (GoTrue), and PostgREST behind it.

use evertoken::{Credentials, Session, Supabase};
use serde_json::json;

use super::{Row, World, cases};

const KEY: (&str, &str) = ("apikey", "anon");

const ROW: Row = Row {
    server: ("gotrue", &[]),
    builder: |server| Session::builder(Supabase::new(&server.url("/auth/v1/"), KEY.1).unwrap()),
    credentials: Some(|password| {
        let json = json!({ "email": "demo@example.com", "password": password });
        Credentials::from_json(&json.to_string()).unwrap()
    }),
    resource: "/auth/v1/user",
    header: Some(KEY),
    refresh_path: "/auth/v1/token?grant_type=refresh_token",
    grant: |server| {
        let json = json!({ "email": "demo@example.com", "password": "demo" });
        server.asking("/auth/v1/token?grant_type=password").header(KEY.0, KEY.1).json(&json)
    },
    names: ["access_token", "refresh_token"],
    refresh: |server, refresh| {
        let json = json!({ "refresh_token": refresh });
        server.asking("/auth/v1/token?grant_type=refresh_token").header(KEY.0, KEY.1).json(&json)
    },
    revoke: |server, tokens| server.asking("/auth/v1/logout").header(KEY.0, KEY.1).bearer_auth(&tokens.access),
    rotates: true,
    bad_token: (403, true),
    // The parent of the active token brings the active one.
    reuse: (200, false),
    sign_out: (true, 400),
};

const POSTGREST: Row = Row { resource: "/rest/v1/notes", bad_token: (401, true), ..ROW };

cases!(gotrue, super::ROW);
cases!(variant postgrest, super::POSTGREST);

#[tokio::test]
async fn a_wrong_password_is_refused() {
    cases::a_wrong_password(&ROW).await;
}

#[tokio::test]
async fn sign_out_leaves_the_users_other_devices_signed_in() {
    let world = World::signed_in(&ROW).await;
    let elsewhere = world.tokens().await;
    world.client.session().sign_out().await.unwrap();
    assert_eq!(world.status_of_refresh(&elsewhere.refresh).await, 200);
}
