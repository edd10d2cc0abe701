//! How a native session is configured.

use std::time::Duration;

use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderName},
};
use tokio::runtime::Handle;

use super::{MemoryStore, Native, Store};
use crate::{
    core::{
        DEFAULT_REFRESH_AHEAD, Error, OptionError, Refusal, backend::Backend, origin::Origin, permitted_origins,
        refresh_ahead, resource::ResourceRules,
    },
    driver::Session,
};

/// Where the access token is placed in a request (Q6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// `Authorization: Bearer <token>` (RFC 6750 section 2.1).
    #[default]
    Bearer,
    /// Another header, with a scheme before the token or an empty text. Redirects to another origin then fail
    /// instead of taking the header along.
    Header {
        /// The header's name.
        name: String,
        /// What stands before the token, for instance `JWT`.
        scheme: String,
    },
    /// A query parameter, for old servers. **It leaks**: URLs end in logs, histories and referrers
    /// (RFC 6750 section 5.3).
    Query {
        /// The parameter's name.
        name: String,
    },
}

/// What decides about a single request.
#[derive(Debug)]
pub(super) struct Access {
    pub(super) origins: Vec<Origin>,
    pub(super) placement: Placement,
    pub(super) rules: ResourceRules,
}

/// Whether the token may go to a URL (Q1).
pub(super) fn is_permitted(origins: &[Origin], url: &Url) -> bool {
    let origin = url.origin().ascii_serialization();
    origins.iter().any(|permitted| permitted.as_str() == origin)
}

/// Configures a [`Session`]; begin with [`Session::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    backend: Box<dyn Backend>,
    store: Box<dyn Store>,
    refresh_ahead: f64,
    origins: Option<Vec<String>>,
    insecure: Vec<String>,
    placement: Placement,
    refusals: Option<Vec<Refusal>>,
    background: bool,
}

impl Session<Native> {
    /// Begins the configuration of a session with this backend.
    pub fn builder(backend: impl Backend + 'static) -> Builder {
        Builder {
            backend: Box::new(backend),
            store: Box::new(MemoryStore::new()),
            refresh_ahead: DEFAULT_REFRESH_AHEAD as f64 / 1000.0,
            origins: None,
            insecure: Vec::new(),
            placement: Placement::Bearer,
            refusals: None,
            background: true,
        }
    }
}

impl Builder {
    /// Where the session is kept. Default: a [`MemoryStore`] of its own.
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Box::new(store);
        self
    }

    /// How long before its expiry a token is refreshed: at most a day, and never more than half of the token's
    /// lifetime. Default: 60 seconds.
    pub fn refresh_ahead(mut self, refresh_ahead: Duration) -> Self {
        self.refresh_ahead = refresh_ahead.as_secs_f64();
        self
    }

    /// Adds an origin that may receive the token (Q1), as a URL. Default: the backend's own, and only as long as
    /// none is named.
    pub fn origin(mut self, url: &str) -> Self {
        self.origins.get_or_insert_default().push(url.into());
        self
    }

    /// Permits plain `http` to this origin on another machine: whoever is on the way reads the tokens.
    pub fn allow_insecure_origin(mut self, url: &str) -> Self {
        self.insecure.push(url.into());
        self
    }

    /// Where the token is placed. Default: [`Placement::Bearer`].
    pub fn placement(mut self, placement: Placement) -> Self {
        self.placement = placement;
        self
    }

    /// The answers that refuse the access token, for servers that do not say 401 or say it in the body. Default: the
    /// backend's, which are 401 alone unless it knows better.
    pub fn refresh_on(mut self, refusals: impl IntoIterator<Item = Refusal>) -> Self {
        self.refusals = Some(refusals.into_iter().collect());
        self
    }

    /// Refreshes at the stale line without waiting for a request, for as long as the session is held. Default: on.
    /// Without it a token that is its own refresh token ends its session when nobody asks for it in time.
    pub fn background_refresh(mut self, on: bool) -> Self {
        self.background = on;
        self
    }

    /// Reads the store and starts the session. A stored session is in use when this returns.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] names the option that makes no sense. A store that cannot be read is no error: the
    /// session is signed out then, and says so in an event.
    pub async fn build(self) -> Result<Session<Native>, Error> {
        let refresh_ahead = refresh_ahead(self.refresh_ahead)?;
        check_placement(&self.placement)?;
        let origins = permitted_origins(self.backend.as_ref(), self.origins.as_deref(), &self.insecure)?;
        let rules = self.backend.resource_rules();
        let rules = match self.refusals {
            Some(refusals) => rules.refresh_on(refusals),
            None => rules,
        };
        rules.check()?;
        let access = Access { origins, placement: self.placement, rules };
        let platform = Native::new(runtime()?, self.store, access).map_err(|_| Error::PlatformMissing("TLS"))?;
        let session = Session::start(platform, self.backend, refresh_ahead, self.background);
        if !self.background {
            session.look(false);
        }
        session.loaded().await;
        Ok(session)
    }
}

fn runtime() -> Result<Handle, Error> {
    Handle::try_current().map_err(|_| Error::PlatformMissing("a running tokio runtime"))
}

fn check_placement(placement: &Placement) -> Result<(), Error> {
    let fits = match placement {
        Placement::Bearer => true,
        Placement::Header { name, scheme } => {
            HeaderName::try_from(name.as_str()).is_ok() && scheme.bytes().all(|byte| byte.is_ascii_graphic())
        }
        Placement::Query { name } => !name.is_empty(),
    };
    if fits { Ok(()) } else { Err(Error::InvalidOption { field: "placement", problem: OptionError::NotAHeader }) }
}

impl Placement {
    /// The header that carries the token, if one does.
    pub(super) fn header(&self) -> Option<HeaderName> {
        match self {
            Self::Bearer => Some(AUTHORIZATION),
            Self::Header { name, .. } => HeaderName::try_from(name.as_str()).ok(),
            Self::Query { .. } => None,
        }
    }
}
