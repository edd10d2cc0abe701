//! What subscribers of `tracing` get to see of a session.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use evertoken::{Client, Credentials, FileStore, Grant, Session, SimpleJwt};
use serde_json::json;
use tracing::{Level, subscriber::DefaultGuard};
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

use crate::common::{api::Api, event};

/// Everything that was said since it began to listen, on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen(&self) -> DefaultGuard {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
            .with_ansi(false)
            .without_time()
            .with_writer(self.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }

    /// The lines that were said of this target.
    fn of(&self, target: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(&format!("evertoken::{target}: "))).map(String::from).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[track_caller]
fn assert_said(lines: &[String], parts: &[&str]) {
    assert!(lines.iter().any(|line| parts.iter().all(|part| line.contains(part))), "{parts:?} is not in {lines:#?}");
}

fn pair(number: u32) -> Response {
    Json(json!({ "access": format!("access-s3cr3t-{number}"), "refresh": format!("refresh-s3cr3t-{number}") }))
        .into_response()
}

fn expired(number: u32) -> Grant {
    let (access, refresh) = (format!("access-s3cr3t-{number}"), format!("refresh-s3cr3t-{number}"));
    Grant::pair(&access, Some(&refresh)).unwrap().expires_in(Duration::ZERO)
}

/// The first token is revoked; a refresh is answered with this status.
async fn server(refreshes: &Arc<AtomicU16>) -> Api {
    let status = Arc::clone(refreshes);
    Api::start(move |seen| match seen.path.as_str() {
        "/api/token/" => Some(pair(1)),
        "/api/token/refresh/" => Some(match status.load(Ordering::Relaxed) {
            200 => pair(2),
            401 => (StatusCode::UNAUTHORIZED, Json(json!({ "code": "token_not_valid" }))).into_response(),
            other => StatusCode::from_u16(other).unwrap().into_response(),
        }),
        _ => seen.authorization().ends_with("-1").then(|| StatusCode::UNAUTHORIZED.into_response()),
    })
    .await
}

#[tokio::test]
async fn s4_a_whole_life_is_told_without_a_secret() {
    let log = Log::default();
    let _listening = log.listen();
    let refreshes = Arc::new(AtomicU16::new(200));
    let api = server(&refreshes).await;
    let directory = tempfile::tempdir().unwrap();
    let session = Session::builder(SimpleJwt::new(&api.url("/api/token/")).unwrap())
        .store(FileStore::new(directory.path().join("s3cr3t")))
        .background_refresh(false)
        .build()
        .await
        .unwrap();
    let mut events = session.events();

    session.sign_in(&Credentials::new("demo", "pass-s3cr3t")).await.unwrap();
    let id = session.state().unwrap().session_id().to_string();
    let answer = Client::new(session.clone()).get(api.url("/here?s3cr3t")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_said(&log.of("session"), &["INFO", "signed in", &id, "generation=1"]);
    let refresh = log.of("refresh");
    let span = ["refresh{", &id, "generation=1", "token=\"fresh\"", "attempt=1"];
    assert_said(&refresh, &[&span[..], &[" new"]].concat());
    assert_said(&refresh, &[&span[..], &["DEBUG", "refreshed", "generation=2"]].concat());
    assert_said(&refresh, &[&span[..], &["outcome=\"refreshed\"", "duration_ms=", " close"]].concat());
    assert_said(&log.of("request"), &["DEBUG", "sent again", &id, "generation=2", "status=401"]);

    refreshes.store(503, Ordering::Relaxed);
    session.adopt(expired(3)).await.unwrap();
    assert_said(&log.of("session"), &["INFO", "signed out", &id, "reason=\"replaced\""]);
    let waiting = tokio::spawn({
        let session = session.clone();
        async move { session.refresh().await }
    });
    for attempt in ["attempt=1", "attempt=2"] {
        event(&mut events, "refresh-failed").await;
        let failed = [attempt, "WARN", "token=\"expired\"", "code=\"unavailable\"", "retry_in_ms="];
        assert_said(&log.of("refresh"), &failed);
    }
    assert_said(&log.of("refresh"), &["outcome=\"unavailable\"", " close"]);

    refreshes.store(404, Ordering::Relaxed);
    session.adopt(expired(4)).await.unwrap();
    waiting.await.unwrap().unwrap_err();
    session.refresh().await.unwrap_err();
    assert_said(&log.of("refresh"), &["ERROR", "attempt=1", "code=\"misconfigured\""]);

    refreshes.store(401, Ordering::Relaxed);
    session.adopt(expired(5)).await.unwrap();
    let id = session.state().unwrap().session_id().to_string();
    session.refresh().await.unwrap_err();
    assert_said(&log.of("session"), &["WARN", "the server has ended the session", &id, "reason=\"rejected\""]);
    assert_said(&log.of("refresh"), &["attempt=1", "outcome=\"rejected\"", " close"]);

    session.adopt(expired(6)).await.unwrap();
    session.sign_out().await.unwrap();
    assert_said(&log.of("session"), &["INFO", "signed out", "reason=\"signed-out-here\""]);
    let said = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!said.contains("s3cr3t"), "{said}");
}

#[tokio::test]
async fn s3_a_store_that_fails_is_told() {
    let log = Log::default();
    let _listening = log.listen();
    let api = server(&Arc::default()).await;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("session"), "garbage").unwrap();
    let backend = SimpleJwt::new(&api.url("/api/token/")).unwrap();
    Session::builder(backend).store(FileStore::new(directory.path().join("session"))).build().await.unwrap();
    assert_said(&log.of("store"), &["WARN", "code=\"record-corrupt\""]);
}

#[tokio::test]
async fn r2_a_token_that_another_context_has_fetched_is_told_apart() {
    let log = Log::default();
    let _listening = log.listen();
    let api = server(&Arc::new(AtomicU16::new(200))).await;
    let directory = tempfile::tempdir().unwrap();
    let open = async || {
        let backend = SimpleJwt::new(&api.url("/api/token/")).unwrap();
        let store = FileStore::new(directory.path().join("session"));
        Session::builder(backend).store(store).background_refresh(false).build().await.unwrap()
    };
    let first = open().await;
    first.adopt(expired(1)).await.unwrap();
    let second = open().await;
    first.access_token().await.unwrap();
    second.access_token().await.unwrap();
    assert_said(&log.of("refresh"), &["outcome=\"adopted\"", " close"]);
}
