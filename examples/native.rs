//! A command-line program whose session survives from one run to the next:
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
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        [server] => read(server).await,
        [server, "--sign-out"] => sign_out(server).await,
        [server, user, password] => sign_in(server, &Credentials::new(user, password)).await,
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The session of the last run, where there was one.
async fn session(server: &str) -> Result<Session, evertoken::Error> {
    let backend = SimpleJwt::new(&format!("{server}/api/token/"))?;
    Session::builder(backend).store(FileStore::new(file())).build().await
}

async fn sign_in(server: &str, credentials: &Credentials) -> Result<(), Box<dyn Error>> {
    session(server).await?.sign_in(credentials).await?;
    println!("signed in; the session is in {}", file().display());
    read(server).await
}

async fn read(server: &str) -> Result<(), Box<dyn Error>> {
    let session = session(server).await?;
    if session.state().is_none() {
        return Err(format!("nobody is signed in; give a user and a password\n{USAGE}").into());
    }
    let response = Client::new(session).get(format!("{server}/api/protected/")).send().await?;
    println!("{}: {}", response.status(), response.text().await?);
    Ok(())
}

async fn sign_out(server: &str) -> Result<(), Box<dyn Error>> {
    match session(server).await?.sign_out().await? {
        Revocation::Failed(error) => println!("signed out here; the server was not told: {error}"),
        _ => println!("signed out"),
    }
    Ok(())
}

fn file() -> PathBuf {
    env::temp_dir().join("evertoken-example").join("session.json")
}
