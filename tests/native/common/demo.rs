//! The demo server in this process: strict rotation, and tokens that live for longer than a test.

use std::{path::Path, time::Duration};

use evertoken::{Builder, FileStore, Grant, Session, SimpleJwt};
use evertoken_demo_server::{Config, Counters, DemoServer};
use serde_json::{Value, json};

use super::eventually;

pub(crate) struct Demo {
    server: DemoServer,
    http: reqwest::Client,
}

impl Demo {
    pub(crate) async fn start() -> Self {
        let server = DemoServer::start(Config::default()).await.unwrap();
        Self { server, http: reqwest::Client::new() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    pub(crate) fn count(&self) -> Counters {
        self.server.stats().counters
    }

    pub(crate) fn builder(&self) -> Builder {
        Session::builder(SimpleJwt::new(&self.url("/api/token/")).unwrap()).background_refresh(false)
    }

    /// A session in this file whose access token has expired.
    pub(crate) async fn expired_session(&self, file: &Path) -> Session {
        let session = self.builder().store(FileStore::new(file)).build().await.unwrap();
        session.adopt(self.expired_pair().await).await.unwrap();
        session
    }

    /// Tokens of a new session at the server; the client is told that the access token has expired already.
    pub(crate) async fn expired_pair(&self) -> Grant {
        let (access, refresh) = self.pair().await;
        Grant::pair(&access, Some(&refresh)).unwrap().expires_in(Duration::ZERO)
    }

    pub(crate) async fn pair(&self) -> (String, String) {
        let pair = self.post("/api/token/", json!({ "username": "demo", "password": "demo" })).await;
        (pair["access"].as_str().unwrap().into(), pair["refresh"].as_str().unwrap().into())
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.http.post(self.url(path)).json(&body).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn delay_refreshes(&self, milliseconds: u32) {
        self.post("/demo/latency", json!({ "refresh_ms": milliseconds })).await;
    }

    /// Waits until a refresh has reached the server; its answer may be delayed.
    pub(crate) async fn refreshing(&self) {
        eventually("a refresh reaches the server", async || self.count().refreshes > 0).await;
    }
}
