//! The real djangorestframework-simplejwt.

use std::ops::{Deref, DerefMut};

use evertoken::{Builder, Session, SimpleJwt};
use serde_json::json;

use super::{backend::Backend, credentials};

pub(crate) struct Django(Backend);

impl Django {
    /// A server that rotates refresh tokens and blacklists the used ones.
    pub(crate) async fn start() -> Self {
        Self(Backend::start("simplejwt", &[]).await)
    }

    /// A server whose refresh tokens stay.
    pub(crate) async fn start_without_rotation() -> Self {
        Self(Backend::start("simplejwt", &[("EVERTOKEN_ROTATE", "0")]).await)
    }

    pub(crate) fn builder(&self) -> Builder {
        Session::builder(SimpleJwt::new(&self.url("/api/token/")).unwrap())
    }

    /// A signed-in session that refreshes only when somebody asks for a token.
    pub(crate) async fn session(&self) -> Session {
        let session = self.builder().background_refresh(false).build().await.unwrap();
        session.sign_in(&credentials()).await.unwrap();
        session
    }

    /// A token pair from the server, past any session.
    pub(crate) async fn pair(&self) -> (String, String) {
        let pair = self.post("/api/token/", json!({ "username": "demo", "password": "demo" })).await;
        (pair["access"].as_str().unwrap().into(), pair["refresh"].as_str().unwrap().into())
    }

    /// A counter of `/test/stats/`.
    pub(crate) async fn count(&self, counter: &str) -> u64 {
        let stats = self.get("/test/stats/").await;
        stats[counter].as_u64().unwrap_or_else(|| panic!("no counter {counter} in {stats}"))
    }
}

impl Deref for Django {
    type Target = Backend;

    fn deref(&self) -> &Backend {
        &self.0
    }
}

impl DerefMut for Django {
    fn deref_mut(&mut self) -> &mut Backend {
        &mut self.0
    }
}
