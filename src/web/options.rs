//! How a session in a browser is configured.

use super::{Browser, IndexedDbStore, channel::Channel, lifecycle::Lifecycle, platform::is_visible};
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
        Builder::new(Box::new(backend))
    }
}

impl Builder {
    pub(super) fn new(backend: Box<dyn Backend>) -> Self {
        Self {
            backend,
            store: None,
            name: "default".into(),
            refresh_ahead: DEFAULT_REFRESH_AHEAD as f64 / 1000.0,
            insecure: Vec::new(),
        }
    }

    /// A store that belongs to this page or tab alone. Default: the [`IndexedDbStore`] of the session's name, which
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
        let session = self.start()?;
        session.loaded().await;
        Ok(session)
    }

    /// Starts the session; its store is being read.
    pub(super) fn start(self) -> Result<Session<Browser>, Error> {
        let refresh_ahead = refresh_ahead(self.refresh_ahead)?;
        permitted_origins(self.backend.as_ref(), None, &self.insecure)?;
        let shared = self.store.is_none();
        let store = self.store.unwrap_or_else(|| Box::new(IndexedDbStore::new(&self.name)));
        let session = Session::start(Browser::default(), store, self.backend, refresh_ahead);
        if !is_visible() {
            session.look(false);
        }
        session.connect(shared.then_some(self.name.as_str()));
        Ok(session)
    }
}

impl Session<Browser> {
    /// Listens to the page's life and, for a shared store, to the other contexts. The listeners hold the session
    /// loosely: they end with its last handle.
    fn connect(&self, shared_name: Option<&str>) {
        let looked = self.downgrade();
        let lifecycle = Lifecycle::listen(move || {
            if let Some(session) = looked.upgrade() {
                session.look(is_visible());
            }
        });
        self.platform().lifecycle.replace(Some(lifecycle));
        let hinted = self.downgrade();
        let channel = shared_name.and_then(|name| {
            Channel::open(name, move |hint| {
                if let Some(session) = hinted.upgrade() {
                    session.hint(hint);
                }
            })
        });
        self.platform().channel.replace(channel);
    }
}
