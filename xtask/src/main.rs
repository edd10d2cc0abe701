//! `cargo xtask`: set-up, build, demo, tests and benchmarks, each one command.

mod apt;
mod bench;
mod demo;
mod npm;
mod package;
mod python;
mod rust;
mod servers;
mod setup;
mod sh;
mod sizes;
mod stamp;
mod steps;
mod test;
mod text;

use std::env;
use std::process::ExitCode;

use sh::Result;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = env::set_current_dir(sh::root())
        .map_err(|error| format!("cannot enter {}: {error}", sh::root().display()))
        .and_then(|()| dispatch(&arguments));
    match done {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Result<ExitCode> {
    if arguments.iter().any(|argument| matches!(*argument, "-h" | "--help")) {
        print!("{}", help());
        return Ok(ExitCode::SUCCESS);
    }
    match arguments {
        [] | ["help"] => print!("{}", help()),
        ["setup"] => setup::everything()?,
        ["build"] => package::build()?,
        ["demo"] => demo::run(demo::DEFAULT_PORT)?,
        ["demo", "--port", port] => demo::run(demo::port(port)?)?,
        ["test", "--long", names @ ..] => {
            sh::go_long();
            return test::run(names);
        }
        ["test", names @ ..] => return test::run(names),
        ["bench", names @ ..] => bench::run(names)?,
        other => return Err(format!("no such command: `{}`; see `cargo xtask --help`", other.join(" "))),
    }
    Ok(ExitCode::SUCCESS)
}

fn help() -> String {
    let mut text = String::from(
        "Usage: cargo xtask COMMAND

Commands:
  setup            install what the other commands need; they also do so themselves
  build            build the npm package into pkg/dist and print its size
  demo [--port N]  build the package and serve the demo page (port 8080)
  test [--long] [STEP...]
                   run every check, or only the named steps; --long explores more
  bench [NAME...]  run the benchmarks and write benches/RESULTS.md, or print the named measurements

Steps of `test`, in their order:
",
    );
    for step in steps::ALL {
        text += &format!("  {:<10} {}\n", step.name, step.about);
    }
    text
}
