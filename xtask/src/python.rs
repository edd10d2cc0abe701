//! The Python environment of the Django server that the tests talk to.

use std::path::PathBuf;

use crate::apt;
use crate::sh::{Result, command, heading, output, run, run_twice, target};
use crate::stamp::{Stamp, read};

const REQUIREMENTS: &str = "tests/simplejwt/requirements.txt";

/// The environment's interpreter.
pub(crate) fn python() -> PathBuf {
    target().join("venv/bin/python")
}

/// The virtual environment target/venv with the test server's requirements.
pub(crate) fn environment() -> Result {
    let directory = target().join("venv");
    let stamp = Stamp::new(&directory, &[read(REQUIREMENTS)?]);
    // An upgrade of the system's Python can leave an environment whose interpreter is gone.
    if stamp.is_fresh() && output(command(python()).arg("--version")).is_some() {
        return Ok(());
    }
    venv_module()?;
    heading("setup: the test server's Python packages into target/venv (pip)");
    run(command("python3").args(["-m", "venv", "--clear"]).arg(&directory))?;
    run_twice(command(python()).args(["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]))?;
    stamp.write()
}

/// Debian keeps what `python3 -m venv` needs in a package of its own.
fn venv_module() -> Result {
    if output(command("python3").args(["-c", "import ensurepip, venv"])).is_some() {
        return Ok(());
    }
    apt::install(&["python3", "python3-venv"], "Python 3 with its module venv")
}
