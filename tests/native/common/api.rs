//! An OAuth 2.0 API in this process: it remembers what it was asked, and a test decides what it answers.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};
use std::time::Duration;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use evertoken::{Builder, Client, Grant, OAuth2, Session};
use futures_channel::mpsc;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: impl Into<HeaderName>) -> &str {
        self.headers.get(name.into()).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn authorization(&self) -> &str {
        self.header(header::AUTHORIZATION)
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

type Script = dyn Fn(&Seen) -> Option<Response> + Send + Sync;

#[derive(Clone)]
struct Shared {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Seen>>>,
    grants: Arc<AtomicU32>,
}

/// Without a word from the test, `/token` grants `access-2` with `refresh-2`, then `access-3`, and so on, and
/// everything else is 200.
pub(crate) struct Api {
    origin: String,
    shared: Shared,
    task: JoinHandle<()>,
}

impl Api {
    pub(crate) async fn start(script: impl Fn(&Seen) -> Option<Response> + Send + Sync + 'static) -> Self {
        let shared = Shared { script: Arc::new(script), seen: Arc::default(), grants: Arc::new(AtomicU32::new(2)) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, shared, task }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The requests to this path, in the order of their arrival.
    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().iter().filter(|seen| seen.path == path).cloned().collect()
    }

    pub(crate) fn builder(&self) -> Builder {
        Session::builder(OAuth2::new(&self.url("/token"), "tests").unwrap())
    }

    /// A client of a session with `access-1`, good for an hour, and `refresh-1`.
    pub(crate) async fn client(&self) -> Client {
        self.client_of(self.builder(), 3600).await
    }

    pub(crate) async fn client_of(&self, builder: Builder, seconds: u64) -> Client {
        let session = builder.background_refresh(false).build().await.unwrap();
        session.adopt(first_pair().expires_in(Duration::from_secs(seconds))).await.unwrap();
        Client::new(session)
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn first_pair() -> Grant {
    Grant::pair("access-1", Some("refresh-1")).unwrap()
}

/// The same with an access token that has expired.
pub(crate) fn expired_pair() -> Grant {
    first_pair().expires_in(Duration::ZERO)
}

/// Nothing to add to what the API does by itself.
pub(crate) fn nothing_special(_: &Seen) -> Option<Response> {
    None
}

/// 401 for `access-1`, wherever it comes.
pub(crate) fn first_token_revoked(seen: &Seen) -> Option<Response> {
    (seen.authorization() == "Bearer access-1").then(|| StatusCode::UNAUTHORIZED.into_response())
}

/// An answer that ends before it is complete.
pub(crate) fn cut_off(beginning: &'static str) -> Response {
    let (parts, body) = mpsc::unbounded();
    parts.unbounded_send(Ok(beginning)).unwrap();
    parts.unbounded_send(Err(std::io::Error::other("cut off"))).unwrap();
    Body::from_stream(body).into_response()
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let seen = Seen {
        method: parts.method,
        path: parts.uri.path().into(),
        query: parts.uri.query().unwrap_or_default().into(),
        headers: parts.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
    };
    shared.seen.lock().unwrap().push(seen.clone());
    match (shared.script)(&seen) {
        Some(response) => response,
        None if seen.path == "/token" => grant(shared.grants.fetch_add(1, Ordering::Relaxed)).into_response(),
        None => "ok".into_response(),
    }
}

fn grant(number: u32) -> Json<serde_json::Value> {
    let (access, refresh) = (format!("access-{number}"), format!("refresh-{number}"));
    Json(json!({ "access_token": access, "refresh_token": refresh, "expires_in": 3600, "token_type": "bearer" }))
}
