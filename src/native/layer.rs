//! The session in clients of tower's kind.

use std::{
    fmt,
    future::poll_fn,
    marker::PhantomData,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Uri, request::Parts};
use http_body::Body;
use reqwest::{Method, StatusCode, Url, header::HeaderMap};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    Native, ResponseBody,
    exchange::{self, Answer, Carrier, Outgoing, unusable},
    response_body::is_short_json,
};
use crate::{core::Error, driver::Session};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Gives a [`tower_service::Service`] that sends HTTP requests the session: hyper-util's client, a channel of tonic,
/// a stack of tower-http. The rules are those of [`Client`](crate::Client).
///
/// ```
/// # async fn send<S>(session: evertoken::Session, client: S)
/// # -> Result<(), Box<dyn std::error::Error + Send + Sync>>
/// # where
/// #     S: tower::Service<http::Request<String>, Response = http::Response<String>> + Clone + Send + 'static,
/// #     S::Future: Send,
/// #     S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
/// # {
/// use evertoken::SessionLayer;
/// use tower::{ServiceBuilder, ServiceExt};
///
/// let client = ServiceBuilder::new().layer(SessionLayer::new(session)).service(client);
/// let request = http::Request::get("https://api.example.com/api/protected/").body(String::new())?;
/// let response = client.oneshot(request).await?;
/// # Ok(())
/// # }
/// ```
///
/// **Bodies.** [`new`](Self::new) sends a body once more by its `Clone`, as `String` or `Full<Bytes>` have it. For a type that has none,
/// [`copying`](Self::copying) takes a function that copies a body or declines: `SessionLayer::copying(session, |_| None)` is for
/// streams. A body that is declined is sent only with a token that is not stale, and its 401 is the caller's answer.
///
/// **URIs** must be absolute: a request without scheme and host has no origin, and gets no token. Clients of tonic leave both
/// to their channel: make them `with_origin`.
///
/// **Redirects.** Put what follows them outside of this layer. Then each step has its own token or none; from inside, the token
/// may go along to another origin.
///
/// **gRPC** says `UNAUTHENTICATED` in `grpc-status`, at HTTP 200. Such an answer is the caller's, who may call
/// [`Session::refresh`] and try again.
///
/// The service's error is boxed, as tower's own layers have it: an [`Error`] where no token can be had, else the inner service's.
pub struct SessionLayer<B> {
    session: Session<Native>,
    copy: fn(&B) -> Option<B>,
}

/// The service of a [`SessionLayer`].
pub struct SessionService<S, B> {
    inner: S,
    layer: SessionLayer<B>,
}

impl<B> SessionLayer<B> {
    /// A layer for requests whose bodies can be cloned.
    #[must_use]
    pub fn new(session: Session<Native>) -> Self
    where
        B: Clone,
    {
        Self::copying(session, |body| Some(body.clone()))
    }

    /// A layer for any bodies; `copy` returns `None` for one that can be sent only once.
    #[must_use]
    pub fn copying(session: Session<Native>, copy: fn(&B) -> Option<B>) -> Self {
        Self { session, copy }
    }
}

impl<S, B> Layer<S> for SessionLayer<B> {
    type Service = SessionService<S, B>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, layer: self.clone() }
    }
}

impl<S, B, R> Service<http::Request<B>> for SessionService<S, B>
where
    S: Service<http::Request<B>, Response = http::Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Send + 'static,
    R: Body<Data = Bytes> + Send + 'static,
    R::Error: Send,
{
    type Response = http::Response<ResponseBody<R>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        // The one that has said it is ready takes the request.
        let clone = self.inner.clone();
        let mut inner = Inner { service: mem::replace(&mut self.inner, clone), ready: true, body: PhantomData };
        let SessionLayer { session, copy } = self.layer.clone();
        let url = Url::parse(&request.uri().to_string()).ok();
        let (head, body) = request.into_parts();
        Box::pin(async move { exchange::execute(&session, &mut inner, Outbound { head, body, url, copy }).await })
    }
}

/// The inner service on behalf of one request.
struct Inner<S, B> {
    service: S,
    ready: bool,
    body: PhantomData<fn(B)>,
}

impl<S, B, R> Carrier for Inner<S, B>
where
    S: Service<http::Request<B>, Response = http::Response<R>> + Send,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Send,
    R: Body<Data = Bytes> + Send,
    R::Error: Send,
{
    type Request = Outbound<B>;
    type Answer = http::Response<ResponseBody<R>>;
    type Error = BoxError;

    async fn send(&mut self, outbound: Outbound<B>) -> Result<Self::Answer, BoxError> {
        if !mem::take(&mut self.ready) {
            poll_fn(|context| self.service.poll_ready(context)).await.map_err(Into::into)?;
        }
        let response =
            self.service.call(http::Request::from_parts(outbound.head, outbound.body)).await.map_err(Into::into)?;
        Ok(response.map(ResponseBody::new))
    }
}

struct Outbound<B> {
    head: Parts,
    body: B,
    url: Option<Url>,
    copy: fn(&B) -> Option<B>,
}

impl<B: Send> Outgoing for Outbound<B> {
    fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    fn method(&self) -> &Method {
        &self.head.method
    }

    fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.head.headers
    }

    fn append_query(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let url = self.url.as_mut().ok_or_else(unusable)?;
        url.query_pairs_mut().append_pair(name, value);
        self.head.uri = Uri::try_from(url.as_str()).map_err(|_| unusable())?;
        Ok(())
    }

    fn try_clone(&self) -> Option<Self> {
        let body = (self.copy)(&self.body)?;
        Some(Self { head: self.head.clone(), body, url: self.url.clone(), copy: self.copy })
    }
}

impl<R: Body<Data = Bytes> + Send> Answer for http::Response<ResponseBody<R>>
where
    R::Error: Send,
{
    fn status(&self) -> StatusCode {
        self.status()
    }

    fn headers(&self) -> &HeaderMap {
        self.headers()
    }

    fn url(&self) -> Option<&Url> {
        None
    }

    async fn peek_json(mut self) -> (Self, Option<String>) {
        if !is_short_json(self.headers(), self.body().size_hint().exact()) {
            return (self, None);
        }
        let text = self.body_mut().peek().await;
        (self, text)
    }
}

impl<B> Clone for SessionLayer<B> {
    fn clone(&self) -> Self {
        Self { session: self.session.clone(), copy: self.copy }
    }
}

impl<S: Clone, B> Clone for SessionService<S, B> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<B> fmt::Debug for SessionLayer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionLayer").field("session", &self.session).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, B> fmt::Debug for SessionService<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
