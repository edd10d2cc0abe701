//! OAuth 2.0, by node-oidc-provider: public and confidential clients.

use evertoken::{Denial, OAuth2, Revocation, Session};
use serde_json::json;

use super::{Row, World};
use crate::common::{backend::Backend, generation};

const ROW: Row = Row {
    server: ("oidc", &[]),
    builder: |server| Session::builder(client(server, "spa")),
    credentials: None,
    resource: "/protected",
    header: None,
    refresh_path: "/token",
    grant: |server| server.asking("/test/grant/").json(&json!({})),
    names: ["access_token", "refresh_token"],
    refresh: |server, refresh| {
        let form = [("grant_type", "refresh_token"), ("client_id", "spa"), ("refresh_token", refresh)];
        server.asking("/token").form(&form)
    },
    revoke: |server, tokens| {
        server.asking("/token/revocation").form(&[("client_id", "spa"), ("token", &tokens.refresh)])
    },
    rotates: true,
    bad_token: (401, true),
    reuse: (400, true),
    sign_out: (true, 400),
};

const OPAQUE: Row = Row {
    resource: "/opaque",
    grant: |server| server.asking("/test/grant/").json(&json!({ "resource": null })),
    ..ROW
};

const WITHOUT_ROTATION: Row =
    Row { server: ("oidc", &[("EVERTOKEN_ROTATE", "0")]), rotates: false, reuse: (200, false), ..ROW };

const SECRET_BASIC: Row = Row {
    builder: |server| Session::builder(client(server, "basic").client_secret_basic("secret").unwrap()),
    grant: |server| server.asking("/test/grant/").json(&json!({ "client": "basic" })),
    refresh: |server, refresh| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        server.asking("/token").basic_auth("basic", Some("secret")).form(&form)
    },
    ..ROW
};

const SECRET_POST: Row = Row {
    builder: |server| Session::builder(client(server, "post").client_secret_post("secret").unwrap()),
    grant: |server| server.asking("/test/grant/").json(&json!({ "client": "post" })),
    refresh: |server, refresh| {
        let client = [("client_id", "post"), ("client_secret", "secret")];
        let form = [client[0], client[1], ("grant_type", "refresh_token"), ("refresh_token", refresh)];
        server.asking("/token").form(&form)
    },
    ..ROW
};

cases!(jwts, super::ROW);
cases!(variant opaque_tokens, super::OPAQUE);
cases!(variant without_rotation, super::WITHOUT_ROTATION);
cases!(variant secret_in_the_header, super::SECRET_BASIC);
cases!(variant secret_in_the_form, super::SECRET_POST);

fn client(server: &Backend, id: &str) -> OAuth2 {
    let backend = OAuth2::new(&server.url("/token"), id).unwrap();
    backend.revocation_endpoint(&server.url("/token/revocation")).unwrap()
}

#[tokio::test]
async fn q3_a_lack_of_scope_is_told_and_no_refresh_is_tried() {
    let world = World::signed_in(&ROW).await;
    let answer = world.client.get(world.server.url("/admin")).send().await.unwrap();
    let (answer, denial) = Denial::in_response(answer).await;
    assert_eq!((answer.status().as_u16(), world.refreshes().await), (403, 0));
    assert_eq!(denial, Some(Denial::InsufficientScope { scope: Some("api:admin".into()) }));
}

#[tokio::test]
async fn the_issuer_names_its_endpoints_and_the_id_token_is_renewed_with_the_session() {
    let (world, tokens) = World::expired(&ROW).await;
    let backend = OAuth2::discover(&world.server.url(""), "spa").await.unwrap();
    let session = Session::builder(backend).background_refresh(false).build().await.unwrap();
    session.adopt(tokens.expired()).await.unwrap();
    assert!(session.id_token().is_none());
    session.access_token().await.unwrap();
    assert_eq!(session.id_token().unwrap().expose().split('.').count(), 3);
    assert!(matches!(session.sign_out().await.unwrap(), Revocation::Done));
}

#[tokio::test]
async fn a_refresh_narrows_the_scope_where_it_is_told_to() {
    const NARROW: Row = Row {
        builder: |server| Session::builder(client(server, "spa").scope("openid").unwrap()),
        resource: "/opaque",
        ..OPAQUE
    };
    let (world, _) = World::expired(&NARROW).await;
    assert_eq!(world.status().await, 200);
}

#[tokio::test]
async fn r7_an_unknown_client_is_a_mistake_in_the_configuration_and_ends_no_session() {
    const UNKNOWN: Row = Row { builder: |server| Session::builder(client(server, "nobody")), ..ROW };
    let (world, _) = World::expired(&UNKNOWN).await;
    assert_eq!(world.client.session().refresh().await.unwrap_err().code(), "misconfigured");
    assert_eq!(generation(world.client.session()), 1);
}
