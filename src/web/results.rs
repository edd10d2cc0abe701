//! Results of `js/host.js`, on their way into the machine.

use crate::{
    core::{
        Hint, Saved, Secret, StoreError, StoreProblem, Write,
        http::{HttpAnswer, MAX_ANSWER, TransportError},
        machine::{Input, Job, LockFailure},
        record::Applied,
        time::Delay,
    },
    driver::Parked,
};

// What a result is the result of; `js/host.js` counts in the same order.
const LOCKED: u32 = 0;
const LOADED: u32 = 1;
/// The first half of a save: what is there now.
const READ: u32 = 2;
/// The second half: whether it was replaced.
const SWAPPED: u32 = 3;
const ANSWERED: u32 = 4;
const TICK: u32 = 5;
const HINT: u32 = 6;
const LOOK: u32 = 7;

// Why an effect has failed, as `js/host.js` counts it; anything else is no reason with a name.
const TIME_LIMIT: i32 = 0;
const OFFLINE: i32 = 1;
const QUOTA: i32 = 2;
const SECURITY: i32 = 3;
const NOT_ALLOWED: i32 = 4;

/// One result.
pub(super) struct Report {
    pub(super) kind: u32,
    pub(super) job: Job,
    pub(super) ok: bool,
    /// What came, if anything.
    pub(super) text: Option<Secret>,
    /// Of an answer; or why there is none when it is not `ok`.
    pub(super) status: f64,
    /// Of an answer; what is not known is not a number.
    pub(super) date: f64,
    pub(super) retry_after: f64,
}

impl Report {
    /// Whether the effect will have a second result: a request goes on after its time limit, and its end is told as well.
    pub(super) fn goes_on(&self) -> bool {
        self.kind == ANSWERED && !self.ok && self.failure() == TIME_LIMIT
    }

    fn failure(&self) -> i32 {
        self.status as i32
    }
}

/// The store in two halves: what is there is read, and replaced if nothing else has come there meanwhile.
pub(super) trait Store {
    fn read(&self, job: Job);
    fn swap(&self, job: Job, present: Option<&str>, next: Option<&str>, set_aside: bool);
}

/// Writes whose store is being read or changed.
#[derive(Default)]
pub(super) struct Writes(pub(super) Parked<Job, Write>);

impl Writes {
    /// What the machine has to know of a result, if anything.
    pub(super) fn input(&self, store: &impl Store, report: Report) -> Option<Input> {
        let failure = report.failure();
        let Report { kind, job, ok, text, status, date, retry_after } = report;
        let present = text.as_ref().map(Secret::expose);
        Some(match kind {
            LOCKED if ok => Input::Locked { job, outcome: Ok(()) },
            LOCKED if failure == TIME_LIMIT => Input::Locked { job, outcome: Err(LockFailure::TimedOut) },
            LOCKED => Input::Locked { job, outcome: Err(LockFailure::Failed(store_error(failure))) },
            LOADED if ok => Input::Loaded { job, stored: Ok(text) },
            LOADED => Input::Loaded { job, stored: Err(store_error(failure)) },
            READ if ok => Input::Saved { job, outcome: Ok(self.decide(store, job, present)?) },
            // Something else was stored between the two halves: decide anew.
            SWAPPED if ok && text.is_none() => {
                store.read(job);
                return None;
            }
            READ | SWAPPED => {
                self.0.take(&job);
                Input::Saved { job, outcome: if ok { Ok(Saved::Written) } else { Err(store_error(failure)) } }
            }
            ANSWERED => {
                let answer = if ok { received(text, status, date, retry_after) } else { Err(transport_error(failure)) };
                Input::Answered { job, answer }
            }
            TICK => Input::Tick,
            HINT => Input::Hint(Hint::parse(present.unwrap_or_default())),
            LOOK => Input::Look { visible: ok },
            _ => return None,
        })
    }

    /// The second half of a save, unless the write has lost.
    fn decide(&self, store: &impl Store, job: Job, present: Option<&str>) -> Option<Saved> {
        let write = self.0.take(&job)?;
        let (next, set_aside) = match write.onto(present) {
            Applied::Put { text, set_aside } => (Some(text.expose()), set_aside),
            Applied::Remove => (None, false),
            Applied::Lost => return Some(Saved::Lost),
        };
        store.swap(job, present, next, set_aside);
        self.0.put(job, write);
        None
    }
}

/// What is not known of an answer is not a number.
fn received(body: Option<Secret>, status: f64, date: f64, retry_after: f64) -> Result<HttpAnswer, TransportError> {
    let body = body.unwrap_or_default();
    if body.expose().len() > MAX_ANSWER {
        return Err(TransportError::TooLarge);
    }
    let number = |number: f64| number.is_finite().then_some(number as i64);
    let retry_after = number(retry_after).map(Delay);
    Ok(HttpAnswer { status: status as u16, date: number(date), retry_after, body, ..HttpAnswer::default() })
}

fn transport_error(failure: i32) -> TransportError {
    match failure {
        OFFLINE => TransportError::Unreachable,
        TIME_LIMIT => TransportError::TimedOut,
        _ => TransportError::Interrupted,
    }
}

fn store_error(failure: i32) -> StoreError {
    StoreError::new(match failure {
        QUOTA => StoreProblem::Full,
        SECURITY | NOT_ALLOWED => StoreProblem::Denied,
        TIME_LIMIT => StoreProblem::TimedOut,
        _ => StoreProblem::Unavailable,
    })
}
