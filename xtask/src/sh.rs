//! Running other programs from the repository's root; a failure names the command that failed.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// Errors here are read by a person: one sentence that says what is wrong and what to do.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ lies in the repository's root")
}

/// Cargo's target directory; what the commands here install and generate lives in it, too.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

pub(crate) fn heading(text: &str) {
    println!("==> {text}");
}

/// A command without the variables that `cargo run` sets for xtask itself: build scripts watch some of them and
/// would run again whenever a build is started from here after one started by hand.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    if LONG.load(Ordering::Relaxed) {
        command.env("EVERTOKEN_LONG", "1");
    }
    command
}

/// Whether tests run their long variants.
static LONG: AtomicBool = AtomicBool::new(false);

/// Tests that are started from now on run their long variants.
pub(crate) fn go_long() {
    LONG.store(true, Ordering::Relaxed);
}

/// `cargo` with these arguments, which are separated by white space.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments.split_whitespace());
    command
}

/// Runs the command, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` failed ({status})", show(command))),
        Err(error) => Err(cannot_start(command, &error)),
    }
}

/// Runs an installation, which may fail for the network's sake, a second time if the first fails.
pub(crate) fn run_twice(command: &mut Command) -> Result {
    run(command).or_else(|first| {
        eprintln!("{first}; trying once more");
        run(command)
    })
}

/// What a command prints, without the white space around it; nothing if it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program is found on `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// `PATH` with this directory before all others.
pub(crate) fn path_with(first: PathBuf) -> Result<std::ffi::OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(first).chain(env::split_paths(&path)))
        .map_err(|error| format!("cannot put a directory on PATH: {error}"))
}

pub(crate) fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", show(command))
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
