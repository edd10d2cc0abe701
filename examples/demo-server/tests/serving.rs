//! Files, headers, start and stop; and the binary as a person starts it.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use evertoken_demo_server::{Config, DemoServer};

fn www() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../www")
}

#[tokio::test]
async fn the_page_comes_with_its_policy_and_is_never_cached() {
    let package = std::env::temp_dir().join(format!("evertoken-demo-{}", std::process::id()));
    std::fs::create_dir_all(&package).unwrap();
    std::fs::write(package.join("evertoken.js"), "export {};").unwrap();
    let config = Config { www: Some(www()), package: Some(package.clone()), ..Config::default() };
    let server = DemoServer::start(config).await.unwrap();

    for (path, media_type) in [
        ("/", "text/html"),
        ("/app.js", "text/javascript"),
        ("/style.css", "text/css"),
        ("/pkg/evertoken.js", "text/javascript"),
    ] {
        let answer = reqwest::get(format!("http://{}{path}", server.address())).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name| answer.headers()[name].to_str().unwrap();
        assert!(header("content-type").starts_with(media_type), "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("content-security-policy"), "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    }
    server.shutdown().await;
    std::fs::remove_dir_all(package).unwrap();
}

#[tokio::test]
async fn a_taken_port_is_one_clear_sentence() {
    let server = DemoServer::start(Config::default()).await.unwrap();
    let port = server.address().port();
    let second = Config { port, ..Config::default() };
    let error = DemoServer::start(second).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let expected = format!(
        "port {port} on 127.0.0.1 is taken by another program: stop it or choose another port; 0 takes any free one"
    );
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_missing_directory_is_named() {
    let config = Config { package: Some("no/such/directory".into()), ..Config::default() };
    let error = DemoServer::start(config).await.unwrap_err();
    assert!(error.to_string().contains("no/such/directory"), "{error}");
}

#[tokio::test]
async fn a_port_is_free_again_after_shutdown() {
    let server = DemoServer::start(Config::default()).await.unwrap();
    let address = server.address();
    let stats = format!("http://{address}/demo/stats");
    assert_eq!(reqwest::get(&stats).await.unwrap().status(), 200);
    server.shutdown().await;
    assert!(reqwest::get(&stats).await.is_err());
    let again = Config { port: address.port(), ..Config::default() };
    DemoServer::start(again).await.unwrap().shutdown().await;
}

/// Ends the process also when the test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn binary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo-server"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[cfg(unix)]
#[test]
fn the_binary_says_its_address_and_stops_on_ctrl_c() {
    let www = www();
    let www = www.to_str().unwrap();
    let child = binary(&["--port", "0", "--www", www, "--pkg", www]).spawn();
    let mut running = Running(child.unwrap());
    let mut output = BufReader::new(running.0.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.starts_with("evertoken demo: http://127.0.0.1:") && line.ends_with("/\n"), "{line:?}");

    let process = running.0.id().to_string();
    let kill = Command::new("kill").args(["-INT", &process]).status();
    assert!(kill.unwrap().success());
    assert!(running.0.wait().unwrap().success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line is all it prints");
}

#[test]
fn the_binary_refuses_what_it_does_not_understand() {
    for arguments in [&["--port", "many"][..], &["--prot", "1"], &["--access-seconds"], &["extra"]] {
        let output = binary(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains("Usage: demo-server"), "{message}");
    }
}
