//! `reqwest::RequestBuilder` with a session.

use std::{fmt, time::Duration};

use reqwest::{
    Body, Request, Response, Version,
    header::{HeaderMap, HeaderName, HeaderValue},
    multipart::Form,
};
use serde::Serialize;

use super::{Client, RequestError};

/// Builds a request of a [`Client`], like [`reqwest::RequestBuilder`].
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder {
    client: Client,
    inner: reqwest::RequestBuilder,
}

impl RequestBuilder {
    pub(super) fn new(client: Client, inner: reqwest::RequestBuilder) -> Self {
        Self { client, inner }
    }

    fn map(self, change: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) -> Self {
        Self { client: self.client, inner: change(self.inner) }
    }

    /// Adds a header. An `Authorization` header of your own is left alone, and such a request is not retried (Q2).
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.map(|inner| inner.header(name, value))
    }

    /// Adds headers, replacing those of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.map(|inner| inner.headers(headers))
    }

    /// HTTP basic authentication of your own; the session's token stays away from this request.
    pub fn basic_auth<U: fmt::Display, P: fmt::Display>(self, username: U, password: Option<P>) -> Self {
        self.map(|inner| inner.basic_auth(username, password))
    }

    /// A bearer token of your own; the session's token stays away from this request.
    pub fn bearer_auth(self, token: impl fmt::Display) -> Self {
        self.map(|inner| inner.bearer_auth(token))
    }

    /// Appends to the query.
    pub fn query<T: Serialize + ?Sized>(self, query: &T) -> Self {
        self.map(|inner| inner.query(query))
    }

    /// A JSON body.
    pub fn json<T: Serialize + ?Sized>(self, json: &T) -> Self {
        self.map(|inner| inner.json(json))
    }

    /// A form body.
    pub fn form<T: Serialize + ?Sized>(self, form: &T) -> Self {
        self.map(|inner| inner.form(form))
    }

    /// A `multipart/form-data` body. Reqwest cannot send one twice, so it waits for a fresh token and is not retried.
    pub fn multipart(self, form: Form) -> Self {
        self.map(|inner| inner.multipart(form))
    }

    /// A body: text and bytes can be sent twice; a stream waits for a fresh token and is not retried (Q4).
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.map(|inner| inner.body(body))
    }

    /// A time limit for each sending of the request. Waiting for a token does not count.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|inner| inner.timeout(timeout))
    }

    /// The HTTP version.
    pub fn version(self, version: Version) -> Self {
        self.map(|inner| inner.version(version))
    }

    /// A copy of the request; `None` when its body is a stream.
    #[must_use]
    pub fn try_clone(&self) -> Option<Self> {
        Some(Self { client: self.client.clone(), inner: self.inner.try_clone()? })
    }

    /// The request without a token, for [`Client::execute`].
    ///
    /// # Errors
    /// [`RequestError::Http`] when a part of it is malformed.
    pub fn build(self) -> Result<Request, RequestError> {
        Ok(self.inner.build()?)
    }

    /// Sends the request; see [`Client::execute`].
    ///
    /// # Errors
    /// As [`Client::execute`].
    pub async fn send(self) -> Result<Response, RequestError> {
        let client = self.client.clone();
        client.execute(self.build()?).await
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
