//! Every backend with a name goes through the same cases against its server, with its peculiarities beside.

#[macro_use]
mod cases;
mod flask_jwt;
mod oauth2;
#[cfg(feature = "dpop")]
mod oauth2_dpop;
mod simple_jwt;
mod sliding_jwt;
mod strict_rotation;
mod supabase;

use std::{fs, time::Duration};

use evertoken::{Builder, Client, Credentials, FileStore, Grant};
use reqwest::RequestBuilder;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::backend::{Backend, Settings};

/// A backend: how a session is told of it, how a test asks it past any session, and what it does. Its access tokens live
/// for four seconds.
struct Row {
    /// The server and its settings.
    server: (&'static str, Settings),
    builder: fn(&Backend) -> Builder,
    /// What signs the demo user in; without them a session begins with tokens from elsewhere.
    credentials: Option<fn(password: &str) -> Credentials>,
    /// A path that takes access tokens, and a header that it wants besides.
    resource: &'static str,
    header: Option<(&'static str, &'static str)>,
    /// Where refreshes arrive.
    refresh_path: &'static str,
    /// Asks for a token pair, which has these names.
    grant: fn(&Backend) -> RequestBuilder,
    names: [&'static str; 2],
    refresh: fn(&Backend, refresh: &str) -> RequestBuilder,
    /// Ends a refresh token at the server.
    revoke: fn(&Backend, tokens: &Tokens) -> RequestBuilder,
    /// Whether a refresh brings a new refresh token.
    rotates: bool,
    /// The status of the resource for an access token that the server has not signed, and whether a refresh cures it.
    bad_token: (u16, bool),
    /// What a refresh token is answered that has been used before, and whether that ends the session.
    reuse: (u16, bool),
    /// Whether the server is told at sign-out, and what a refresh with the session's token is answered then.
    sign_out: (bool, u16),
}

/// Tokens from the server, past any session.
struct Tokens {
    access: String,
    refresh: String,
}

impl Tokens {
    fn grant(&self) -> Grant {
        Grant::pair(&self.access, Some(&self.refresh)).unwrap().expires_in(Duration::from_secs(4))
    }

    /// The pair with an access token that has expired by the session's own account.
    fn expired(&self) -> Grant {
        Grant::pair("opaque", Some(&self.refresh)).unwrap().expires_in(Duration::ZERO)
    }
}

/// A server, and a session that refreshes only when somebody asks for a token.
struct World<'r> {
    row: &'r Row,
    server: Backend,
    client: Client,
    directory: TempDir,
}

impl<'r> World<'r> {
    async fn new(row: &'r Row) -> Self {
        let (name, settings) = row.server;
        let server = Backend::start(name, settings).await;
        let directory = tempfile::tempdir().unwrap();
        let store = FileStore::new(directory.path().join("session"));
        let builder = (row.builder)(&server).store(store).background_refresh(false);
        let client = Client::new(builder.build().await.unwrap());
        Self { row, server, client, directory }
    }

    /// One whose session has begun.
    async fn signed_in(row: &'r Row) -> Self {
        let world = Self::new(row).await;
        match row.credentials {
            Some(credentials) => world.client.session().sign_in(&credentials("demo")).await.unwrap(),
            None => world.client.session().adopt(world.tokens().await.grant()).await.unwrap(),
        }
        world
    }

    /// One whose session has an access token that has expired by its own account.
    async fn expired(row: &'r Row) -> (Self, Tokens) {
        let world = Self::new(row).await;
        let tokens = world.tokens().await;
        world.client.session().adopt(tokens.expired()).await.unwrap();
        (world, tokens)
    }

    async fn tokens(&self) -> Tokens {
        let answer: Value = (self.row.grant)(&self.server).send().await.unwrap().json().await.unwrap();
        let [access, refresh] = self.row.names.map(|name| answer[name].as_str().unwrap().to_owned());
        Tokens { access, refresh }
    }

    /// A request to the resource.
    fn request(&self) -> evertoken::RequestBuilder {
        let request = self.client.get(self.server.url(self.row.resource));
        match self.row.header {
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    }

    /// The status of a request to the resource.
    async fn status(&self) -> u16 {
        self.request().send().await.unwrap().status().as_u16()
    }

    /// The status of a refresh with this token, past the session.
    async fn status_of_refresh(&self, refresh: &str) -> u16 {
        (self.row.refresh)(&self.server, refresh).send().await.unwrap().status().as_u16()
    }

    /// The refresh token in the session's store.
    fn stored_refresh(&self) -> String {
        let record: Value = serde_json::from_slice(&fs::read(self.directory.path().join("session")).unwrap()).unwrap();
        record["refresh"].as_str().unwrap().into()
    }

    /// How many refreshes arrived.
    async fn refreshes(&self) -> usize {
        self.server.statuses(self.row.refresh_path).await.len()
    }

    /// The statuses of the resource's answers.
    async fn uses(&self) -> Vec<u64> {
        self.server.statuses(self.row.resource).await
    }
}
