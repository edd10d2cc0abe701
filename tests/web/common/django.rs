//! The real djangorestframework-simplejwt, which whoever runs the tests has started.

use std::time::Duration;

use evertoken::{Builder, Grant, Session, SimpleJwt, WebStore};
use serde_json::{Value, json};

use super::{credentials, jwt, page::request};

/// One of the two servers, with its counters at zero and its answers prompt.
pub(crate) struct Django {
    origin: &'static str,
}

impl Django {
    /// Refresh tokens rotate, and the used ones are blacklisted.
    pub(crate) async fn rotating() -> Self {
        Self::at(option_env!("EVERTOKEN_SIMPLEJWT_URL")).await
    }

    /// Refresh tokens stay.
    pub(crate) async fn keeping() -> Self {
        Self::at(option_env!("EVERTOKEN_SIMPLEJWT_NO_ROTATION_URL")).await
    }

    async fn at(origin: Option<&'static str>) -> Self {
        let origin = origin.expect("no server was named at compile time: run `cargo xtask test browser`");
        let django = Self { origin };
        django.delay_refreshes(0).await;
        django.post("/test/reset/", &json!({})).await;
        django
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A session of which two seconds of the tokens' four are refresh-ahead.
    pub(crate) fn builder(&self, store: WebStore) -> Builder {
        Session::builder(SimpleJwt::new(&self.url("/api/token/")).unwrap())
            .store(store)
            .refresh_ahead(Duration::from_secs(2))
    }

    /// A session that refreshes only when somebody asks for a token, as in a page that nobody sees.
    pub(crate) async fn quiet(&self, store: WebStore) -> Session {
        let session = self.builder(store).build().await.unwrap();
        session.look(false);
        session
    }

    /// A quiet session, signed in.
    pub(crate) async fn session(&self, store: WebStore) -> Session {
        let session = self.quiet(store).await;
        session.sign_in(&credentials()).await.unwrap();
        session
    }

    /// A quiet session whose access token has expired and whose refresh token is good.
    pub(crate) async fn expired_session(&self, store: WebStore) -> Session {
        let session = self.quiet(store).await;
        let (_, refresh) = self.pair().await;
        session.adopt(Grant::pair(&jwt(r#"{"iat":1,"exp":2}"#), Some(&refresh)).unwrap()).await.unwrap();
        session
    }

    /// A token pair from the server, past any session.
    pub(crate) async fn pair(&self) -> (String, String) {
        let (_, pair) = self.post("/api/token/", &json!({ "username": "demo", "password": "demo" })).await;
        (pair["access"].as_str().unwrap().into(), pair["refresh"].as_str().unwrap().into())
    }

    /// The status of a request with this access token.
    pub(crate) async fn status_with(&self, access: &str) -> u16 {
        request("GET", &self.url("/api/protected/"), Some(access), None).await.0
    }

    /// The status of a refresh with this refresh token, past any session.
    pub(crate) async fn status_of_refresh(&self, refresh: &str) -> u16 {
        self.post("/api/token/refresh/", &json!({ "refresh": refresh })).await.0
    }

    pub(crate) async fn delay_refreshes(&self, milliseconds: u32) {
        self.post("/test/delay/", &json!({ "refresh_ms": milliseconds })).await;
    }

    /// A counter of `/test/stats/`.
    pub(crate) async fn count(&self, counter: &str) -> u64 {
        let (_, stats) = request("GET", &self.url("/test/stats/"), None, None).await;
        let stats: Value = serde_json::from_str(&stats).unwrap();
        stats[counter].as_u64().unwrap_or_else(|| panic!("no counter {counter} in {stats}"))
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = request("POST", &self.url(path), None, Some(body)).await;
        (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path} answered {status} {body}: {error}")))
    }
}
