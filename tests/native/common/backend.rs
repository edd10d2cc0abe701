//! The servers of tests/servers, each a process that is started for one test and ends with it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::PATIENCE;

/// Variables of a server's environment, as its own description names them.
pub(crate) type Settings = &'static [(&'static str, &'static str)];

pub(crate) struct Backend {
    name: &'static str,
    settings: Settings,
    state: TempDir,
    process: Child,
    origin: String,
    http: reqwest::Client,
}

impl Backend {
    pub(crate) async fn start(name: &'static str, settings: Settings) -> Self {
        let state = tempfile::tempdir().unwrap();
        let (process, origin) = serve(name, settings, 0, state.path()).await;
        Self { name, settings, state, process, origin, http: reqwest::Client::new() }
    }

    pub(crate) async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts the server that was stopped, with its address, settings and state.
    pub(crate) async fn start_again(&mut self) {
        let (_, port) = self.origin.rsplit_once(':').unwrap();
        let (process, origin) = serve(self.name, self.settings, port.parse().unwrap(), self.state.path()).await;
        assert_eq!(origin, self.origin);
        self.process = process;
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.http.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    /// A `POST` past any session.
    pub(crate) fn asking(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(self.url(path))
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.asking(path).json(&body).send().await.unwrap().json().await.unwrap()
    }

    /// The statuses of what has been answered at this path.
    pub(crate) async fn statuses(&self, path: &str) -> Vec<u64> {
        let arrivals = self.get("/test/arrivals/").await;
        let arrivals = arrivals.as_array().unwrap().iter().filter(|arrival| arrival["path"] == path);
        arrivals.map(|arrival| arrival["status"].as_u64().unwrap_or_default()).collect()
    }

    pub(crate) async fn delay_refreshes(&self, milliseconds: u32) {
        self.post("/test/delay/", json!({ "refresh_ms": milliseconds })).await;
    }
}

async fn serve(name: &str, settings: Settings, port: u16, state: &Path) -> (Child, String) {
    let mut process = program(name)
        .args(["--port", &port.to_string()])
        .current_dir(project().join("tests/servers"))
        .envs(settings.iter().copied())
        .env("EVERTOKEN_STATE", state.join("state"))
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

fn program(name: &str) -> Command {
    let (program, arguments) = match name {
        "oidc" => ("sh".into(), vec!["oidc/serve.sh"]),
        module => (python(), vec!["-m", module]),
    };
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

fn python() -> PathBuf {
    let installed = || Some(project().join("target/venv/bin/python")).filter(|python| python.exists());
    let python = env::var_os("EVERTOKEN_PYTHON").map(PathBuf::from).or_else(installed);
    python.expect("the test server has no Python: run the tests through `cargo xtask test`")
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
