//! How a session in a browser is configured.

use std::{fmt, time::Duration};

use super::{
    Browser,
    host::{JsStore, open_store},
};
use crate::{
    core::{DEFAULT_REFRESH_AHEAD, Error, backend::Backend, permitted_origins, refresh_ahead},
    driver::Session,
};

/// Where a browser keeps a session.
pub struct WebStore(JsStore);

impl WebStore {
    /// The origin's IndexedDB, database `evertoken`: all tabs and workers of the origin share the sessions of one
    /// name, and it orders what they write.
    #[must_use]
    pub fn indexed_db(name: &str) -> Self {
        Self(open_store("indexeddb", name))
    }

    /// The origin's localStorage, item `evertoken:` and the name: where other code reads or clears the record, or test
    /// tools carry it along. localStorage alone does not order what tabs write, so a copy lives in IndexedDB (R2), and
    /// both are needed. Whoever removes the item signs out.
    #[must_use]
    pub fn local_storage(name: &str) -> Self {
        Self(open_store("local", name))
    }

    /// The tab's sessionStorage: it survives a reload. A duplicated tab starts with a copy, and the first refresh of
    /// one ends the other; use IndexedDB where users duplicate tabs.
    #[must_use]
    pub fn session_storage(name: &str) -> Self {
        Self(open_store("session", name))
    }

    /// The page's memory: gone with a reload, invisible to other tabs.
    #[must_use]
    pub fn memory() -> Self {
        Self(open_store("memory", ""))
    }

    /// Starts a session whose options have been checked; its store is being read.
    fn start(&self, backend: Box<dyn Backend>, refresh_ahead: i64) -> Session<Browser> {
        Session::start(Browser::new(&self.0), backend, refresh_ahead, true)
    }
}

impl fmt::Debug for WebStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebStore")
    }
}

/// Configures a session; begin with [`Session::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    backend: Box<dyn Backend>,
    store: WebStore,
    refresh_ahead: f64,
    insecure: Vec<String>,
}

impl Session<Browser> {
    /// Begins the configuration of a session with this backend.
    pub fn builder(backend: impl Backend + 'static) -> Builder {
        Builder {
            backend: Box::new(backend),
            store: WebStore::indexed_db("default"),
            refresh_ahead: DEFAULT_REFRESH_AHEAD as f64 / 1000.0,
            insecure: Vec::new(),
        }
    }
}

impl Builder {
    /// Where the session is kept. Default: [`WebStore::indexed_db`] under the name `default`.
    pub fn store(mut self, store: WebStore) -> Self {
        self.store = store;
        self
    }

    /// How long before its expiry a token is refreshed: at most a day, and never more than half of the token's
    /// lifetime. Default: 60 seconds.
    pub fn refresh_ahead(mut self, refresh_ahead: Duration) -> Self {
        self.refresh_ahead = refresh_ahead.as_secs_f64();
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
        let session = self.store.start(self.backend, refresh_ahead(self.refresh_ahead)?);
        session.loaded().await;
        Ok(session)
    }
}
