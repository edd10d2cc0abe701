//! Results of the browser, on their way into the machine.

use std::sync::Arc;

use super::{Browser, host::Kind};
use crate::{
    core::{
        Hint, Saved, Secret, StoreError, StoreProblem,
        http::{HttpAnswer, MAX_ANSWER, TransportError},
        json::Value,
        machine::{Input, Job, LockFailure, STORE_LIMIT},
        record::Applied,
    },
    driver::Driver,
};

/// Takes a result in. `text` is what came, or the name of the error when it is not `ok`.
pub(super) fn deliver(driver: &Arc<Driver<Browser>>, kind: u32, job: Job, ok: bool, text: Option<String>) {
    let browser = &driver.platform;
    let text = text.map(Secret::from);
    let present = text.as_ref().map(Secret::expose);
    let error = || store_error(present.unwrap_or_default());
    let input = match Kind::from_number(kind) {
        None => return,
        Some(Kind::Locked) if ok => Input::Locked { job, outcome: Ok(()) },
        Some(Kind::Locked) if present == Some("timeout") => Input::Locked { job, outcome: Err(LockFailure::TimedOut) },
        Some(Kind::Locked) => Input::Locked { job, outcome: Err(LockFailure::Failed(error())) },
        Some(Kind::Loaded) => Input::Loaded { job, stored: if ok { Ok(text) } else { Err(error()) } },
        Some(Kind::Read) if ok => match decide(browser, job, present) {
            None => return,
            Some(outcome) => Input::Saved { job, outcome: Ok(outcome) },
        },
        // Something else was stored between the two halves: decide anew.
        Some(Kind::Swapped) if ok && text.is_none() => return browser.host.read(job.0, STORE_LIMIT as u32),
        Some(Kind::Read | Kind::Swapped) => {
            browser.writes.take(&job);
            Input::Saved { job, outcome: if ok { Ok(Saved::Written) } else { Err(error()) } }
        }
        Some(Kind::Answered) => {
            let Some(sent) = browser.sent.take(&job) else { return };
            let input = Input::Answered { job, sent, answer: answer(ok, present.unwrap_or_default()) };
            if !ok && present == Some("timeout") {
                // The request goes on, and its end is told as well.
                browser.sent.put(job, sent);
                return driver.handle(input);
            }
            input
        }
        Some(Kind::Tick) => Input::Tick,
        Some(Kind::Hint) => Input::Hint(Hint::parse(present.unwrap_or_default())),
        Some(Kind::Look) => Input::Look { visible: ok },
        Some(Kind::Events) => return browser.tell_observers(),
    };
    browser.ended(job);
    driver.handle(input);
}

/// The second half of a save, unless the write has lost.
fn decide(browser: &Browser, job: Job, present: Option<&str>) -> Option<Saved> {
    let write = browser.writes.take(&job)?;
    let (next, set_aside) = match write.onto(present) {
        Applied::Put { text, set_aside } => (Some(text.expose()), set_aside),
        Applied::Remove => (None, false),
        Applied::Lost => return Some(Saved::Lost),
    };
    browser.host.swap(job.0, STORE_LIMIT as u32, present, next, set_aside);
    browser.writes.put(job, write);
    None
}

fn answer(ok: bool, text: &str) -> Result<HttpAnswer, TransportError> {
    match text {
        _ if ok && text.len() > MAX_ANSWER => Err(TransportError::TooLarge),
        _ if ok => read_answer(text).ok_or(TransportError::Interrupted),
        "offline" => Err(TransportError::Unreachable),
        "timeout" => Err(TransportError::TimedOut),
        _ => Err(TransportError::Interrupted),
    }
}

fn read_answer(answer: &str) -> Option<HttpAnswer> {
    let answer = Value::parse(answer)?;
    Some(HttpAnswer {
        status: u16::try_from(answer.integer("status")?).ok()?,
        date: answer.integer("date"),
        retry_after: answer.integer("retryAfter"),
        body: answer.text("body")?.into(),
    })
}

fn store_error(name: &str) -> StoreError {
    StoreError::new(match name {
        "QuotaExceededError" => StoreProblem::Full,
        "SecurityError" | "NotAllowedError" => StoreProblem::Denied,
        "timeout" => StoreProblem::TimedOut,
        _ => StoreProblem::Unavailable,
    })
}
