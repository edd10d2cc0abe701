//! A demo server of its own for each test, and a client that reads its answers whole.

use std::sync::Arc;

use evertoken_demo_server::{Config, Counters, DemoServer};
use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

#[derive(Clone)]
pub(crate) struct Client {
    server: Arc<DemoServer>,
    http: reqwest::Client,
}

impl Client {
    pub(crate) async fn start() -> Self {
        let server = DemoServer::start(Config::default()).await.unwrap();
        Self { server: server.into(), http: reqwest::Client::new() }
    }

    pub(crate) fn stats(&self) -> Counters {
        self.server.stats().counters
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(self.url(path))).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.http.post(self.url(path)).json(&body)).await
    }

    pub(crate) async fn post_raw(&self, path: &str, media_type: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.http.post(self.url(path)).header(CONTENT_TYPE, media_type);
        self.send(request.body(body)).await
    }

    pub(crate) async fn sign_in(&self) -> Pair {
        let credentials = serde_json::json!({ "username": "demo", "password": "demo" });
        let answer = self.post("/api/token/", credentials).await;
        Pair { access: answer.text("access").to_owned(), refresh: answer.text("refresh").to_owned() }
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/api/token/refresh/", serde_json::json!({ "refresh": token })).await
    }

    pub(crate) async fn protected(&self, access: &str) -> Answer {
        self.send(self.http.get(self.url("/api/protected/")).bearer_auth(access)).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.json().await.unwrap_or_default(),
        }
    }
}
