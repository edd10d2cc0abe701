//! Runs the steps one after the other, stops at the first that fails, and says what each took.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::setup::{self, Need};
use crate::sh::{Result, heading};
use crate::steps::{ALL, Context, Step};

/// Runs every step, or those with these names; fails if one of them did.
pub(crate) fn run(names: &[&str]) -> Result<ExitCode> {
    let steps = choose(names)?;
    let needs: Vec<Need> = steps.iter().flat_map(|step| step.needs).copied().collect();
    setup::install(&needs)?;

    let context = Context::default();
    let mut times = Vec::new();
    let mut failed = false;
    for step in &steps {
        heading(&format!("{}: {}", step.name, step.about));
        let start = Instant::now();
        let result = (step.run)(&context);
        times.push(start.elapsed());
        if let Err(message) = result {
            eprintln!("error: step `{}`: {message}", step.name);
            failed = true;
            break;
        }
    }
    summarize(&steps, &times, failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says how each step ended; the steps that ran are the first ones, and only the last of these can have failed.
fn summarize(steps: &[&Step], times: &[Duration], failed: bool) {
    heading("summary");
    for (index, step) in steps.iter().enumerate() {
        match times.get(index) {
            None => println!("  {:<10} not run", step.name),
            Some(time) => {
                let end = if failed && index + 1 == times.len() { "FAILED" } else { "passed" };
                println!("  {:<10} {end} {:>8.1} s", step.name, time.as_secs_f64());
            }
        }
    }
    println!("{}", closing_line(steps.len(), times.len(), failed));
}

/// The form that CI systems and people know from other test runners.
fn closing_line(steps: usize, ran: usize, failed: bool) -> String {
    let failures = usize::from(failed);
    let mut line = format!("{} passed, {failures} failed", ran - failures);
    if steps > ran {
        line += &format!(", {} skipped", steps - ran);
    }
    line
}

fn choose(names: &[&str]) -> Result<Vec<&'static Step>> {
    if names.is_empty() {
        return Ok(ALL.iter().collect());
    }
    if let Some(name) = names.iter().find(|name| ALL.iter().all(|step| step.name != **name)) {
        let known: Vec<&str> = ALL.iter().map(|step| step.name).collect();
        return Err(format!("`test` has no step `{name}`; it has {}", known.join(", ")));
    }
    Ok(ALL.iter().filter(|step| names.contains(&step.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::{choose, closing_line};

    #[test]
    fn the_closing_line_counts_every_step() {
        assert_eq!(closing_line(12, 12, false), "12 passed, 0 failed");
        assert_eq!(closing_line(12, 12, true), "11 passed, 1 failed");
        assert_eq!(closing_line(12, 3, true), "2 passed, 1 failed, 9 skipped");
    }

    #[test]
    fn steps_run_in_their_order_and_an_unknown_one_is_named() {
        let names: Vec<&str> = choose(&["native", "format"]).unwrap().iter().map(|step| step.name).collect();
        assert_eq!(names, ["format", "native"]);
        assert!(choose(&["native", "nativ"]).err().unwrap().contains("`nativ`"));
    }
}
