//! The Django servers that the browser's tests talk to; they live as long as the value that holds them.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::python::python;
use crate::sh::{Result, cannot_start, command, target};

const DIRECTORY: &str = "tests/servers";
const PATIENCE: Duration = Duration::from_secs(60);

/// Both kinds of server. The tests hold their addresses as compiled, so that the ports stay the same while they are free.
pub(crate) struct Servers {
    rotating: Server,
    keeping: Server,
}

impl Servers {
    pub(crate) fn start() -> Result<Self> {
        Ok(Self { rotating: Server::start(true, 18801)?, keeping: Server::start(false, 18802)? })
    }

    /// What the tests find in their environment.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 2] {
        [("EVERTOKEN_SIMPLEJWT_URL", &self.rotating.url), ("EVERTOKEN_SIMPLEJWT_NO_ROTATION_URL", &self.keeping.url)]
    }
}

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(rotate: bool, port: u16) -> Result<Self> {
        let port = if TcpListener::bind(("127.0.0.1", port)).is_ok() { port } else { 0 };
        let name = if rotate { "simplejwt" } else { "simplejwt-no-rotation" };
        let log = target().join(name).with_extension("log");
        let file = File::create(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
        let mut command = command(python());
        command.args(["-m", "simplejwt", "--port", &port.to_string()]).current_dir(DIRECTORY);
        command.env("EVERTOKEN_ROTATE", if rotate { "1" } else { "0" }).env("EVERTOKEN_STATE", new_database(name));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file);
        let process = command.spawn().map_err(|error| cannot_start(&command, &error))?;
        let mut server = Self { process, url: String::new() };
        server.url =
            server.address().ok_or_else(|| format!("the server {name} did not start; {} says why", log.display()))?;
        Ok(server)
    }

    /// Waits for the line that names the address, and goes on reading so that the server never waits for us.
    fn address(&mut self) -> Option<String> {
        let output = BufReader::new(self.process.stdout.take()?);
        let (found, address) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(std::result::Result::ok) {
                if let Some(url) = line.strip_prefix("listening on ") {
                    // Nobody listens any more after the first one.
                    let _ = found.send(url.to_owned());
                }
            }
        });
        address.recv_timeout(PATIENCE).ok()
    }
}

/// The path of a database that does not exist yet. It lies where `cargo clean` finds it: a server that is killed removes
/// nothing.
fn new_database(name: &str) -> PathBuf {
    let database = target().join(name).with_extension("sqlite3");
    for suffix in ["", "-shm", "-wal"] {
        // Mostly there is none of the last run.
        let _ = fs::remove_file(database.with_extension(format!("sqlite3{suffix}")));
    }
    database
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
