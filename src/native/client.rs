//! `reqwest::Client` with a session (Q1 to Q6).

use reqwest::{IntoUrl, Method, Request, Response, Url, header::HeaderMap, redirect::Policy};

use super::{
    Native, Placement, RequestBuilder, RequestError,
    exchange::{self, Carrier, Outgoing},
    transport,
};
use crate::{core::Error, driver::Session};

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

    /// Uses a client that is configured already: with the session's [`redirect_policy`](Session::redirect_policy), or one
    /// that follows no redirect to another origin.
    ///
    /// ```
    /// # fn client(session: evertoken::Session) -> reqwest::Result<evertoken::Client> {
    /// let http = reqwest::Client::builder().redirect(session.redirect_policy()).https_only(true).build()?;
    /// Ok(evertoken::Client::with_http(session, http))
    /// # }
    /// ```
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
        // An error shows its URL, and with it a token that was placed there (S4).
        let in_url = matches!(self.session.platform().access.placement, Placement::Query { .. });
        exchange::execute(&self.session, &mut Http { client: &self.http, in_url }, request).await
    }
}

impl Session<Native> {
    /// The redirects that leave the token at its origin, for a client of reqwest of your own; [`Client::new`] follows the
    /// same. Others are errors. Reqwest's default (0.13.5) takes the token along where another origin redirects once more
    /// within itself, and at once where the token is not in `Authorization`.
    #[must_use]
    pub fn redirect_policy(&self) -> Policy {
        transport::redirects(&self.platform().access)
    }
}

/// Reqwest.
struct Http<'a> {
    client: &'a reqwest::Client,
    /// Whether URLs hold tokens.
    in_url: bool,
}

impl Carrier for Http<'_> {
    type Request = Request;
    type Answer = Response;
    type Error = RequestError;

    async fn send(&mut self, request: Request) -> Result<Response, RequestError> {
        let sent = self.client.execute(request).await;
        sent.map_err(|error| RequestError::Http(if self.in_url { error.without_url() } else { error }))
    }
}

impl Outgoing for Request {
    fn url(&self) -> Option<&Url> {
        Some(self.url())
    }

    fn method(&self) -> &Method {
        self.method()
    }

    fn headers(&self) -> &HeaderMap {
        self.headers()
    }

    fn headers_mut(&mut self) -> &mut HeaderMap {
        self.headers_mut()
    }

    fn append_query(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.url_mut().query_pairs_mut().append_pair(name, value);
        Ok(())
    }

    fn try_clone(&self) -> Option<Self> {
        self.try_clone()
    }
}
