//! `reqwest::Client` with a session (Q1 to Q6).

use reqwest::{IntoUrl, Method, Request, Response, header::HeaderValue};

use super::{Native, Placement, RequestBuilder, RequestError, answer};
use crate::{
    core::{Error, OptionError, machine::Need},
    driver::{AccessToken, Session},
};

/// Sends requests with the session's token: refreshed ahead of time, once more after a 401, and only to the origins
/// that may receive it. Everything else passes through untouched. Clones share connections and session.
///
/// While nobody is signed in requests go out without a token, as [`reqwest::Client`] would send them.
#[derive(Clone, Debug)]
pub struct Client {
    session: Session<Native>,
    http: reqwest::Client,
}

impl Client {
    /// A client of this session with reqwest's defaults.
    #[must_use]
    pub fn new(session: Session<Native>) -> Self {
        let http = session.platform().requests.clone();
        Self { session, http }
    }

    /// Uses a client that is configured already. With a [`Placement`] other than `Authorization: Bearer` its
    /// redirects must not leave the origin: reqwest takes only standard credentials off a request that does.
    #[must_use]
    pub fn with_http(session: Session<Native>, http: reqwest::Client) -> Self {
        Self { session, http }
    }

    /// The session.
    #[must_use]
    pub fn session(&self) -> &Session<Native> {
        &self.session
    }

    /// A `GET` request.
    pub fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// A `POST` request.
    pub fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// A `PUT` request.
    pub fn put(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::PUT, url)
    }

    /// A `PATCH` request.
    pub fn patch(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::PATCH, url)
    }

    /// A `DELETE` request.
    pub fn delete(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::DELETE, url)
    }

    /// A `HEAD` request.
    pub fn head(&self, url: impl IntoUrl) -> RequestBuilder {
        self.request(Method::HEAD, url)
    }

    /// A request of any method.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> RequestBuilder {
        RequestBuilder::new(self.clone(), self.http.request(method, url))
    }

    /// Sends a request. A 401 is answered with one refresh and one resend, where the body can be sent twice; the
    /// second answer is the caller's, whatever it says.
    ///
    /// # Errors
    /// [`RequestError::Http`] when the request itself fails; [`RequestError::Session`] when a token was needed and
    /// could not be had.
    pub async fn execute(&self, request: Request) -> Result<Response, RequestError> {
        if !self.takes_token(&request) {
            return self.send(request).await;
        }
        let replay = request.try_clone();
        let need = if replay.is_some() { Need::Live } else { Need::Fresh };
        let token = match self.session.token_for(need).await {
            Ok(token) => token,
            Err(Error::SignedOut) => return self.send(request).await,
            Err(error) => return Err(error.into()),
        };
        let origin = request.url().origin();
        let response = self.send_with(request, &token).await?;
        // Where a redirect led to another origin, the token stayed behind: that answer says nothing about it.
        if response.url().origin() != origin {
            return Ok(response);
        }
        let response = answer::look_for_renewal(&self.session, response, token.0.stamp).await;
        let Some(replay) = replay else { return Ok(response) };
        let (response, refused) = answer::is_refusal(&self.session.platform().access.rules, response).await;
        if !refused {
            return Ok(response);
        }
        // Without a newer token the 401 is the answer; events tell why there is none.
        let Ok(newer) = self.session.token_for(Need::Newer { than: token.0.stamp }).await else { return Ok(response) };
        self.send_with(replay, &newer).await
    }

    /// Sends a request with the token, and with a proof where the token is bound to a key.
    async fn send_with(&self, mut request: Request, token: &AccessToken) -> Result<Response, RequestError> {
        #[cfg(feature = "dpop")]
        if let Some(of) = token.0.key.order(token.0.skew).get() {
            let platform = self.session.platform();
            if platform.access.placement != Placement::Bearer {
                return Err(Error::InvalidOption { field: "placement", problem: OptionError::NotForBound }.into());
            }
            return platform.prover.send(&self.http, request, of, &token.0.access).await;
        }
        self.place(&mut request, token)?;
        self.send(request).await
    }

    async fn send(&self, request: Request) -> Result<Response, RequestError> {
        self.http.execute(request).await.map_err(|error| {
            // An error shows its URL, and with it a token that was placed there (S4).
            let in_url = matches!(self.session.platform().access.placement, Placement::Query { .. });
            RequestError::Http(if in_url { error.without_url() } else { error })
        })
    }

    /// Whether the token goes with this request: to a permitted origin (Q1), and not over a caller's own
    /// credentials (Q2).
    fn takes_token(&self, request: &Request) -> bool {
        let access = &self.session.platform().access;
        let origin = request.url().origin().ascii_serialization();
        let own = match &access.placement {
            Placement::Query { name } => request.url().query_pairs().any(|(own, _)| own == *name),
            placement => placement.header().is_some_and(|name| request.headers().contains_key(name)),
        };
        !own && access.origins.iter().any(|permitted| permitted.as_str() == origin)
    }

    fn place(&self, request: &mut Request, token: &AccessToken) -> Result<(), RequestError> {
        let placement = &self.session.platform().access.placement;
        let text = match placement {
            Placement::Bearer => ["Bearer ", token.as_str()].concat(),
            Placement::Header { scheme, .. } if scheme.is_empty() => token.as_str().into(),
            Placement::Header { scheme, .. } => [scheme, " ", token.as_str()].concat(),
            Placement::Query { name } => {
                request.url_mut().query_pairs_mut().append_pair(name, token.as_str());
                return Ok(());
            }
        };
        let unusable = || Error::InvalidOption { field: "placement", problem: OptionError::NotAHeader };
        let mut value = HeaderValue::try_from(text).map_err(|_| unusable())?;
        value.set_sensitive(true);
        request.headers_mut().insert(placement.header().ok_or_else(unusable)?, value);
        Ok(())
    }
}
