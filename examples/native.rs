//! A command-line program whose session lasts from one run to the next:
//!
//! ```text
//! cargo run --example native -- http://127.0.0.1:8000 demo demo
//! cargo run --example native -- http://127.0.0.1:8000
//! cargo run --example native -- http://127.0.0.1:8000 --sign-out
//! ```
//!
//! The server has SimpleJWT's views at `/api/token/` and something to read at `/api/protected/`, as the demo server of
//! this repository does.

use std::{env, error::Error, path::PathBuf, process::ExitCode};

use evertoken::{Client, Credentials, FileStore, Revocation, Session, SimpleJwt};

const USAGE: &str = "usage: native <server> [<user> <password> | --sign-out]";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let [server, command @ ..] = arguments else { return Err(USAGE.into()) };
    let backend = SimpleJwt::new(&format!("{server}/api/token/"))?;
    let file = file(server)?;
    let session = Session::builder(backend).store(FileStore::new(&file)).build().await?;
    match command {
        [] => read(session, server).await,
        ["--sign-out"] => sign_out(&session).await,
        [user, password] => {
            session.sign_in(&Credentials::new(user, password)).await?;
            println!("signed in; the session is kept in {}", file.display());
            read(session, server).await
        }
        _ => Err(USAGE.into()),
    }
}

/// Whether this is the first request with the session or the hundredth makes no difference, nor does what the
/// access token has lived through meanwhile.
async fn read(session: Session, server: &str) -> Result<(), Box<dyn Error>> {
    if session.state().is_none() {
        return Err(format!("nobody is signed in: give a user and a password\n{USAGE}").into());
    }
    let response = Client::new(session).get(format!("{server}/api/protected/")).send().await?;
    println!("{}: {}", response.status(), response.text().await?);
    Ok(())
}

async fn sign_out(session: &Session) -> Result<(), Box<dyn Error>> {
    match session.sign_out().await? {
        Revocation::Failed(error) => println!("signed out here; the server could not be told: {error}"),
        _ => println!("signed out"),
    }
    Ok(())
}

/// A file for each server: one server's tokens are nothing for another.
fn file(server: &str) -> Result<PathBuf, Box<dyn Error>> {
    let name: String = server.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let state = state_directory().ok_or("no directory for the user's state: set HOME")?;
    Ok(state.join("evertoken-example").join(name))
}

/// Where the user's programs keep what lasts from one run to the next: nobody else may write there, unlike in a
/// directory for temporary files.
fn state_directory() -> Option<PathBuf> {
    let named = |variable| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        named("LOCALAPPDATA")
    } else if cfg!(target_vendor = "apple") {
        Some(env::home_dir()?.join("Library/Application Support"))
    } else {
        named("XDG_STATE_HOME").or_else(|| Some(env::home_dir()?.join(".local/state")))
    }
}
