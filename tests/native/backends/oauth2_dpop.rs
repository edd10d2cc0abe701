//! OAuth 2.0 with DPoP, by node-oidc-provider: nonces are required at both ends, and tokens are bound to a key.

use std::time::Duration;

use evertoken::{Client, DpopKey, FileStore, Grant, MemoryStore, OAuth2, Revocation, Session, store::Store};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::common::{
    backend::{Backend, Settings},
    event, eventually, expired, generation, stale,
};

/// A server, and a session that refreshes only when somebody asks for a token. Its tokens are bound to the key.
struct World {
    server: Backend,
    client: Client,
    key: DpopKey,
}

impl World {
    async fn new(settings: Settings, store: impl Store + 'static) -> Self {
        let server = Backend::start("oidc", settings).await;
        let client = client(&server, store).await;
        Self { server, client, key: DpopKey::generate().unwrap() }
    }

    async fn grant(&self) -> Grant {
        let granted = self.server.post("/test/grant/", json!({ "jkt": self.key.thumbprint() })).await;
        let [access, refresh] = ["access_token", "refresh_token"].map(|name| granted[name].as_str().unwrap());
        Grant::pair(access, Some(refresh)).unwrap().bound_to(&self.key)
    }

    async fn signed_in(settings: Settings) -> Self {
        let world = Self::new(settings, MemoryStore::new()).await;
        world.client.session().adopt(world.grant().await).await.unwrap();
        world
    }

    /// One whose session has an access token that has expired by the session's own account.
    async fn expired(settings: Settings) -> Self {
        let world = Self::new(settings, MemoryStore::new()).await;
        world.client.session().adopt(world.grant().await.expires_in(Duration::ZERO)).await.unwrap();
        world
    }

    async fn status(&self) -> u16 {
        self.client.get(self.server.url("/protected")).send().await.unwrap().status().as_u16()
    }

    async fn statuses(&self) -> [Vec<u64>; 2] {
        [self.server.statuses("/token").await, self.server.statuses("/protected").await]
    }
}

async fn client(server: &Backend, store: impl Store + 'static) -> Client {
    let backend = OAuth2::new(&server.url("/token"), "spa").unwrap();
    let backend = backend.revocation_endpoint(&server.url("/token/revocation")).unwrap();
    let builder = Session::builder(backend).store(store).background_refresh(false);
    Client::new(builder.build().await.unwrap())
}

#[tokio::test]
async fn both_ends_ask_for_a_nonce_once_and_the_token_never_goes_without_its_key() {
    let world = World::expired(&[]).await;
    assert_eq!([world.status().await, world.status().await], [200, 200]);
    assert_eq!(world.statuses().await, [vec![400, 200], vec![401, 200, 200]]);
    let arrivals = world.server.get("/test/arrivals/").await;
    let mut used = arrivals.as_array().unwrap().iter().filter(|arrival| arrival["path"] == "/protected");
    assert!(used.all(|arrival| arrival["authorization"].as_str().unwrap().starts_with("dpop ")), "{arrivals}");
}

#[tokio::test]
async fn r1_a_stale_token_goes_out_at_once_and_the_refresh_happens_beside_it() {
    let world = World::signed_in(&[]).await;
    assert_eq!(world.status().await, 200);
    world.server.delay_refreshes(1_000).await;
    stale(world.client.session()).await;
    assert_eq!((world.status().await, generation(world.client.session())), (200, 1));
    eventually("the refresh ends", async || generation(world.client.session()) == 2).await;
    assert_eq!(world.status().await, 200);
}

#[tokio::test]
async fn r2_after_expiry_twenty_requests_wait_for_one_refresh() {
    let world = World::signed_in(&[]).await;
    expired(world.client.session()).await;
    let url = world.server.url("/protected");
    let requests: JoinSet<_> = (0..20).map(|_| world.client.get(&url).send()).collect();
    let answers = requests.join_all().await;
    assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 200));
    assert_eq!(world.server.statuses("/token").await, [400, 200]);
}

#[tokio::test]
async fn the_key_outlives_the_program_with_the_tokens() {
    let directory = TempDir::new().unwrap();
    let store = FileStore::new(directory.path().join("session"));
    let world = World::new(&[], store.clone()).await;
    world.client.session().adopt(world.grant().await.expires_in(Duration::ZERO)).await.unwrap();
    world.client.session().close();

    let next = client(&world.server, store).await;
    let answer = next.get(world.server.url("/protected")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), generation(next.session())), (200, 2));
}

#[tokio::test]
async fn a_nonce_that_has_become_an_old_one_costs_one_more_request_and_no_refresh() {
    let world = World::signed_in(&[("EVERTOKEN_ACCESS_SECONDS", "60")]).await;
    assert_eq!(world.status().await, 200);
    world.server.post("/test/nonce/", json!({})).await;
    assert_eq!(world.status().await, 200);
    assert_eq!(world.statuses().await, [vec![], vec![401, 200, 401, 200]]);
}

#[tokio::test]
async fn r7_the_session_survives_a_restart_of_the_server_which_has_other_nonces_then() {
    let mut world = World::expired(&[]).await;
    assert_eq!(world.status().await, 200);
    world.client.session().adopt(world.grant().await.expires_in(Duration::ZERO)).await.unwrap();
    world.server.stop().await;
    let mut events = world.client.session().events();
    let request = tokio::spawn(world.client.get(world.server.url("/protected")).send());
    event(&mut events, "refresh-failed").await;
    world.server.start_again().await;
    assert_eq!(request.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn r7_a_used_refresh_token_ends_the_session_and_sign_out_revokes_the_grant() {
    let world = World::expired(&[]).await;
    let grant = world.grant().await;
    assert_eq!(world.status().await, 200);
    world.client.session().adopt(grant.clone().expires_in(Duration::ZERO)).await.unwrap();
    assert_eq!(world.status().await, 200);
    world.client.session().adopt(grant.clone().expires_in(Duration::ZERO)).await.unwrap();
    assert_eq!(world.client.session().access_token().await.unwrap_err().code(), "rejected");

    let grant = world.grant().await;
    world.client.session().adopt(grant.clone()).await.unwrap();
    assert!(matches!(world.client.session().sign_out().await.unwrap(), Revocation::Done));
    world.client.session().adopt(grant.expires_in(Duration::ZERO)).await.unwrap();
    assert_eq!(world.client.session().access_token().await.unwrap_err().code(), "rejected");
}

#[tokio::test]
async fn without_nonces_nothing_is_asked_for() {
    let world = World::expired(&[("EVERTOKEN_NONCES", "0")]).await;
    assert_eq!(world.status().await, 200);
    assert_eq!(world.statuses().await, [[200], [200]]);
}
