//! Processes of their own beside a test: the tests' program once more, told by its environment what to do.

use std::{
    env,
    fs::OpenOptions,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use super::PATIENCE;

const TASK: &str = "EVERTOKEN_TEST_TASK";
const FILE: &str = "EVERTOKEN_TEST_FILE";

/// A process that ends with the test.
pub(crate) struct Process(Child);

impl Process {
    /// A process that holds the lock of this file until it ends.
    pub(crate) fn holding(file: &Path) -> Self {
        let mut process = Self::start("hold", file);
        process.wait_for("held");
        process
    }

    fn start(task: &str, file: &Path) -> Self {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "common::process::process", "--ignored", "--nocapture"])
            .env(TASK, task)
            .env(FILE, file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        Self(child.unwrap())
    }

    /// Reads what the process prints, up to this line.
    fn wait_for(&mut self, line: &str) {
        let output = BufReader::new(self.0.stdout.as_mut().unwrap());
        let mut lines = output.lines().map(Result::unwrap);
        assert!(lines.any(|printed| printed == line), "the process ended without a word");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is fine.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Not a test: what such a process does.
#[test]
#[ignore = "other tests start it"]
fn process() {
    let (Some(task), Some(file)) = (env::var_os(TASK), env::var_os(FILE)) else { return };
    match task.to_str() {
        Some("hold") => hold(Path::new(&file)),
        _ => panic!("an unknown task: {}", task.display()),
    }
}

fn hold(file: &Path) {
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(file).unwrap();
    file.lock().unwrap();
    println!("\nheld");
    // The test ends it earlier.
    std::thread::sleep(PATIENCE);
}
