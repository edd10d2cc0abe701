//! `demo-server`: serves the demo page until Ctrl-C.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use evertoken_demo_server::{Config, DemoServer};
use lexopt::prelude::{Long, Short, ValueExt as _};
use tokio::signal::ctrl_c;

const USAGE: &str = "\
Serves evertoken's demo page on 127.0.0.1 until Ctrl-C.

Usage: demo-server [OPTIONS]

  --port PORT            port to listen on; 0 takes any free one [default: 8080]
  --www DIR              the page [default: www]
  --pkg DIR              the built package [default: pkg/dist]
  --access-seconds N     lifetime of an access token [default: 20]
  --help                 this text
";

enum Command {
    Help,
    Serve(Config),
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut config =
        Config { port: 8080, www: Some("www".into()), package: Some("pkg/dist".into()), ..Config::default() };
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => config.port = parser.value()?.parse()?,
            Long("www") => config.www = Some(parser.value()?.into()),
            Long("pkg") => config.package = Some(parser.value()?.into()),
            Long("access-seconds") => {
                config.access_lifetime = Duration::from_secs(parser.value()?.parse::<u32>()?.into());
            }
            Long("help") | Short('h') => return Ok(Command::Help),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Command::Serve(config))
}

async fn serve(config: Config) -> std::io::Result<()> {
    let server = DemoServer::start(config).await?;
    let announce = async { println!("evertoken demo: http://{}/", server.address()) };
    // Ctrl-C is watched before the line appears, so that nobody who has read it comes too early.
    let (interrupted, ()) = tokio::join!(biased; ctrl_c(), announce);
    interrupted?;
    server.shutdown().await;
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match parse(std::env::args_os()) {
        Ok(Command::Help) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Ok(Command::Serve(config)) => serve(config).await.map_err(|error| error.to_string()),
        Err(error) => Err(format!("{error}\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("demo-server: {}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}
