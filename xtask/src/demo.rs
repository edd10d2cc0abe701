//! The demo page, served together with the package that it shows.

use crate::package;
use crate::sh::{Result, cargo, heading, run as run_command};

pub(crate) const DEFAULT_PORT: u16 = 8080;

pub(crate) fn port(text: &str) -> Result<u16> {
    text.parse().map_err(|_| format!("`{text}` is not a port: write a number from 0 (any free port) to 65535"))
}

pub(crate) fn run(port: u16) -> Result {
    package::build()?;
    heading("demo: the demo server; Ctrl-C ends it");
    let arguments = format!("run --quiet -p evertoken-demo-server -- --www www --pkg pkg/dist --port {port}");
    run_command(&mut cargo(&arguments))
}
