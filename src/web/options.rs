//! How a session in a browser is configured.

use super::{Browser, WebStore};
use crate::{
    core::{DEFAULT_REFRESH_AHEAD, Error, backend::Backend, permitted_origins, refresh_ahead},
    driver::{Session, Store},
};

/// Configures a session; begin with [`Session::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    backend: Box<dyn Backend>,
    store: Option<Box<dyn Store>>,
    name: String,
    refresh_ahead: f64,
    insecure: Vec<String>,
}

impl Session<Browser> {
    /// Begins the configuration of a session with this backend.
    pub fn builder(backend: impl Backend + 'static) -> Builder {
        Builder {
            backend: Box::new(backend),
            store: None,
            name: "default".into(),
            refresh_ahead: DEFAULT_REFRESH_AHEAD as f64 / 1000.0,
            insecure: Vec::new(),
        }
    }
}

impl Builder {
    /// A store that belongs to this page or tab alone. Default: [`WebStore::indexed_db`] of the session's name, which
    /// all tabs share.
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Sessions with one name share their tokens across tabs. Default: `default`.
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// How long before its expiry a token is refreshed, in seconds: at most a day, and never more than half of the
    /// token's lifetime. Default: 60.
    pub fn refresh_ahead(mut self, seconds: f64) -> Self {
        self.refresh_ahead = seconds;
        self
    }

    /// Permits plain `http` to a backend on another machine: whoever is on the way reads the tokens.
    pub fn allow_insecure_origin(mut self, url: &str) -> Self {
        self.insecure.push(url.into());
        self
    }

    /// Reads the store and starts the session. A stored session is in use when this returns.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] names the option that makes no sense. A store that cannot be read is no error: the
    /// session is signed out then, and says so in an event.
    pub async fn build(self) -> Result<Session<Browser>, Error> {
        permitted_origins(self.backend.as_ref(), None, &self.insecure)?;
        let session = start(self.backend, self.store, &self.name, refresh_ahead(self.refresh_ahead)?);
        session.loaded().await;
        Ok(session)
    }
}

/// Starts a session whose options have been checked; its store is being read. Without a store of its own it shares
/// the origin's.
pub(super) fn start(
    backend: Box<dyn Backend>,
    own_store: Option<Box<dyn Store>>,
    name: &str,
    refresh_ahead: i64,
) -> Session<Browser> {
    let shared_name = own_store.is_none().then_some(name);
    let store = own_store.unwrap_or_else(|| Box::new(WebStore::indexed_db(name)));
    let session = Session::start(Browser::default(), store, backend, refresh_ahead);
    session.connect(shared_name);
    session
}
