//! The benchmarks: what a call costs over a bare one, in JavaScript and in Rust.

use crate::package;
use crate::sh::{Result, cargo, command, heading, run as run_command};

pub(crate) fn run() -> Result {
    package::build()?;
    heading("bench: session.fetch against bare fetch");
    run_command(command("node").arg("benches/fetch_overhead.mjs"))?;
    heading("bench: taking a live token");
    run_command(&mut cargo("bench -p evertoken"))
}
