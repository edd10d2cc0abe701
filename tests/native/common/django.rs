//! The real djangorestframework-simplejwt, started for one test and stopped at its end.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use evertoken::{Builder, Session, SimpleJwt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{PATIENCE, credentials};

pub(crate) struct Django {
    process: Child,
    origin: String,
    rotate: bool,
    database: TempDir,
    http: reqwest::Client,
}

impl Django {
    /// A server that rotates refresh tokens and blacklists the used ones.
    pub(crate) async fn start() -> Self {
        Self::new(true).await
    }

    /// A server whose refresh tokens stay.
    pub(crate) async fn start_without_rotation() -> Self {
        Self::new(false).await
    }

    async fn new(rotate: bool) -> Self {
        let database = tempfile::tempdir().unwrap();
        let (process, origin) = serve(rotate, 0, database.path()).await;
        Self { process, origin, rotate, database, http: reqwest::Client::new() }
    }

    pub(crate) async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts the server that was stopped, on its port and its database.
    pub(crate) async fn start_again(&mut self) {
        let (_, port) = self.origin.rsplit_once(':').unwrap();
        let (process, origin) = serve(self.rotate, port.parse().unwrap(), self.database.path()).await;
        assert_eq!(origin, self.origin);
        self.process = process;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn builder(&self) -> Builder {
        Session::builder(SimpleJwt::new(&self.url("/api/token/")).unwrap())
    }

    /// A signed-in session that refreshes only when somebody asks for a token.
    pub(crate) async fn session(&self) -> Session {
        let session = self.builder().background_refresh(false).build().await.unwrap();
        session.sign_in(&credentials()).await.unwrap();
        session
    }

    /// A token pair from the server, past any session.
    pub(crate) async fn pair(&self) -> (String, String) {
        let pair = self.post("/api/token/", json!({ "username": "demo", "password": "demo" })).await;
        (pair["access"].as_str().unwrap().into(), pair["refresh"].as_str().unwrap().into())
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.http.post(self.url(path)).json(&body).send().await.unwrap();
        answer.json().await.unwrap()
    }

    pub(crate) async fn delay_refreshes(&self, milliseconds: u32) {
        self.post("/test/delay/", json!({ "refresh_ms": milliseconds })).await;
    }

    /// A counter of `/test/stats/`.
    pub(crate) async fn count(&self, counter: &str) -> u64 {
        let stats: Value = self.http.get(self.url("/test/stats/")).send().await.unwrap().json().await.unwrap();
        stats[counter].as_u64().unwrap_or_else(|| panic!("no counter {counter} in {stats}"))
    }
}

async fn serve(rotate: bool, port: u16, database: &Path) -> (Child, String) {
    let mut process = Command::new(python())
        .arg(project().join("tests/simplejwt/serve.py"))
        .args(["--port", &port.to_string()])
        .env("EVERTOKEN_ROTATE", if rotate { "1" } else { "0" })
        .env("EVERTOKEN_DB", database.join("db.sqlite3"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, output.next_line()).await.expect("the server starts in time").unwrap();
    let line = line.expect("the server starts; what it printed says why it did not");
    let origin = line.strip_prefix("listening on ").expect("the server prints its address first");
    (process, origin.into())
}

fn python() -> PathBuf {
    let installed = || Some(project().join("target/venv/bin/python")).filter(|python| python.exists());
    let python = env::var_os("EVERTOKEN_PYTHON").map(PathBuf::from).or_else(installed);
    python.expect("the test server has no Python: run the tests through `cargo xtask test`")
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
