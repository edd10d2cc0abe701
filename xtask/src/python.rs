//! The Python environment of the servers that the tests talk to.

use std::path::PathBuf;

use crate::apt;
use crate::sh::{Result, command, heading, output, run, run_twice, target};
use crate::stamp::{Stamp, read};

const REQUIREMENTS: &str = "tests/servers/requirements.txt";

/// The environment's interpreter.
pub(crate) fn python() -> PathBuf {
    target().join("venv/bin/python")
}

/// The virtual environment target/venv with the test servers' requirements.
pub(crate) fn environment() -> Result {
    let directory = target().join("venv");
    let stamp = Stamp::new(&directory, &[read(REQUIREMENTS)?]);
    // An upgrade of the system's Python can leave an environment whose interpreter is gone.
    let works = output(command(python()).arg("--version")).is_some();
    if stamp.is_fresh() && works {
        return Ok(());
    }
    heading("setup: the test servers' Python packages into target/venv (pip)");
    if !works {
        venv_module()?;
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&directory))?;
    }
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
