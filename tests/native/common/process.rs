//! Processes of their own beside a test: the tests' program once more, told by its environment what to do.

use std::{
    env,
    fs::OpenOptions,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use evertoken::{Client, Event, FileStore, Grant, Session, SimpleJwt};
use tokio::{runtime::Runtime, task::JoinSet};

use super::{PATIENCE, demo::Demo, event};

const TASK: &str = "EVERTOKEN_TEST_TASK";
const FILE: &str = "EVERTOKEN_TEST_FILE";
const SERVER: &str = "EVERTOKEN_TEST_SERVER";
#[cfg(feature = "keyring")]
const TOKENS: &str = "EVERTOKEN_TEST_TOKENS";

/// How many requests a process sends at once.
pub(crate) const REQUESTS: usize = 50;

/// A process that is killed (`kill -9`) when this is dropped, with all of its locks.
pub(crate) struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// A process that holds the lock of this file until it ends.
    pub(crate) fn holding(file: &Path) -> Self {
        let mut process = Self::start(&mut task("hold", file));
        process.wait_for("held");
        process
    }

    /// A process with the session in this file, which sends [`REQUESTS`] requests at once when it is told to.
    pub(crate) fn ready(demo: &Demo, file: &Path) -> Self {
        let mut process = Self::start(task("requests", file).env(SERVER, demo.url("")));
        process.wait_for("ready");
        process
    }

    pub(crate) fn go(&mut self) {
        writeln!(self.child.stdin.as_mut().unwrap()).unwrap();
    }

    /// Starts what the command says.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Reads what the process prints, up to this line.
    pub(crate) fn wait_for(&mut self, line: &str) {
        let mut printed = String::new();
        let mut lines = self.output.by_ref().lines().map(Result::unwrap).inspect(|line| {
            printed.push_str(line);
            printed.push('\n');
        });
        let found = lines.any(|printed| printed == line);
        assert!(found, "the process ended without {line:?}: {printed}");
    }

    /// Waits until the process has ended by itself, and has ended what it started.
    #[cfg(all(feature = "keyring", target_os = "linux"))]
    pub(crate) fn wait(&mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command of a process with this task.
fn task(task: &str, file: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "common::process::process", "--ignored", "--nocapture"]).env(TASK, task).env(FILE, file);
    command
}

/// The command of a process that adopts a session whose access token is large, and says whether it is stored.
#[cfg(unix)]
pub(crate) fn adopt(demo: &Demo, file: &Path) -> Command {
    let mut command = task("adopt", file);
    command.env(SERVER, demo.url(""));
    command
}

/// The same command where no file can grow beyond a few kilobytes, as on a disk that is full.
#[cfg(unix)]
pub(crate) fn on_a_full_disk(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

/// A process that asks the session in this file for a live token and says what came of it.
pub(crate) fn refresh(demo: &Demo, file: &Path) -> Command {
    let mut command = task("refresh", file);
    command.env(SERVER, demo.url(""));
    command
}

/// A process with an expired session in a new keyring, which is unlocked and gone afterwards.
#[cfg(all(feature = "keyring", target_os = "linux"))]
pub(crate) async fn in_a_keyring(demo: &Demo, directory: &Path) -> Process {
    const UNLOCKED: &str = r#"echo password | gnome-keyring-daemon --unlock --components=secrets; exec "$0" "$@""#;
    let (access, refresh) = demo.pair().await;
    let task = task("keyring", directory);
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", UNLOCKED]).arg(task.get_program()).args(task.get_args());
    command.envs(task.get_envs().filter_map(|(name, value)| Some((name, value?)))).env(SERVER, demo.url(""));
    command.env("XDG_DATA_HOME", directory).env("XDG_RUNTIME_DIR", directory).env("XDG_CACHE_HOME", directory);
    Process::start(command.env(TOKENS, [access, refresh].join(" ")))
}

/// Not a test: what such a process does.
#[test]
#[ignore = "other tests start it"]
fn process() {
    let (Some(task), Some(file)) = (env::var_os(TASK), env::var_os(FILE)) else { return };
    let file = Path::new(&file);
    match task.to_str() {
        Some("hold") => hold(file),
        Some("requests") => Runtime::new().unwrap().block_on(send_requests(file)),
        Some("adopt") => Runtime::new().unwrap().block_on(adopt_much(file)),
        #[cfg(feature = "keyring")]
        Some("keyring") => {
            let tokens = env::var(TOKENS).unwrap();
            Runtime::new().unwrap().block_on(crate::keyring::share(&server(), tokens.split_once(' ').unwrap(), file));
        }
        Some("refresh") => {
            // Permissions bind root, too, once it has given this up.
            #[cfg(target_os = "linux")]
            give_up_capabilities();
            Runtime::new().unwrap().block_on(say_what_comes_of_a_refresh(file));
        }
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

fn server() -> String {
    env::var(SERVER).unwrap()
}

async fn session(file: &Path) -> Session {
    let backend = SimpleJwt::new(&format!("{}/api/token/", server())).unwrap();
    Session::builder(backend).store(FileStore::new(file)).background_refresh(false).build().await.unwrap()
}

async fn send_requests(file: &Path) {
    let client = Client::new(session(file).await);
    println!("\nready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let requests: JoinSet<_> =
        (0..REQUESTS).map(|_| client.get(format!("{}/api/protected/", server())).send()).collect();
    let answers = requests.join_all().await;
    let good = answers.iter().filter(|answer| answer.as_ref().is_ok_and(|answer| answer.status() == 200)).count();
    println!("\n{good} good answers");
}

/// A session with an access token that is larger than the disk.
async fn adopt_much(file: &Path) {
    let session = session(file).await;
    let mut events = session.events();
    session.adopt(Grant::pair(&"x".repeat(100_000), Some("refresh")).unwrap()).await.unwrap();
    let Event::StoreFailed { error } = event(&mut events, "store-failed").await else { unreachable!("it is named so") };
    println!("\n{} and a token of {} bytes", error.code(), session.access_token().await.unwrap().as_str().len());
}

async fn say_what_comes_of_a_refresh(file: &Path) {
    let said = session(file).await.access_token().await;
    println!(
        "\n{}",
        said.map_or_else(|error| error.code().to_owned(), |token| format!("token {}", token.generation()))
    );
}

#[cfg(target_os = "linux")]
fn give_up_capabilities() {
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none }).unwrap();
}
