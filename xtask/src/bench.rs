//! The benchmarks: what evertoken costs beside what people use today, and what a live token costs in Rust.

use crate::package;
use crate::setup::{self, Need};
use crate::sh::{Result, cargo, command, heading, run as run_command, target};

pub(crate) const NEEDS: &[Need] =
    &[Need::WasmTarget, Need::PackageModules, Need::BrowserModules, Need::BenchModules, Need::Chromium];

/// Measures and writes benches/RESULTS.md; or only what is named, and prints the numbers.
pub(crate) fn run(names: &[&str]) -> Result {
    setup::install(NEEDS)?;
    heading("bench: evertoken beside what people use today");
    compare(names)?;
    if !names.is_empty() {
        return Ok(());
    }
    heading("bench: taking a live token");
    run_command(&mut cargo("bench -p evertoken"))
}

/// The benchmarks compile, and every client answers in each of the measurements.
pub(crate) fn check() -> Result {
    run_command(&mut cargo("bench --no-run -p evertoken"))?;
    compare(&["--quick"])
}

fn compare(arguments: &[&str]) -> Result {
    package::build()?;
    run_command(&mut cargo("build -p evertoken-demo-server"))?;
    let mut node = command("node");
    node.arg("benches/run.mjs").args(arguments);
    run_command(node.env("EVERTOKEN_DEMO_SERVER", target().join("debug/demo-server")))
}
