//! The sans-IO state machine: it decides everything and does nothing.
//!
//! Call [`Machine::handle`] for everything that happens, then carry out what [`Machine::take_outputs`] returns,
//! then sleep no longer than [`Machine::wake_in`] says and hand in [`Input::Tick`]. Extra ticks are no-ops.
//!
//! Four kinds of work can be under way, each in its own file: at most one *refresh* (under the store's lock), one
//! *sign-in*, one *sign-out*, and one plain read of the store, a *look*. Results of work that was given up are
//! recognised by their [`Job`] and dropped. After every input the *waiters* are served from what is known then.

mod io;
mod refresh;
mod sign_in;
mod sign_out;
mod state;
#[cfg(not(all(feature = "npm", target_family = "wasm", target_os = "unknown")))]
mod system_time;
mod waiters;

#[cfg(test)]
pub(crate) mod tests;

use alloc::{boxed::Box, vec::Vec};

pub(crate) use io::{Input, Job, LockFailure, Need, Output, Reply, Token, WaiterId};
use refresh::{Offer, Overdue, Refresh};
use sign_in::SignIn;
use sign_out::SignOut;
pub(crate) use state::Current;
use state::Live;
pub use state::State;
use waiters::Waiter;

use super::{
    backend::Backend,
    error::{Error, StoreError, StoreProblem},
    event::{Event, Hint, SignOutReason},
    lifetime::Receipt,
    policy::{FLOOR, Policy},
    record::{Record, RecordError, SessionId},
    secret::Secret,
    time::Now,
};

/// The longest the store may take to read or write, in milliseconds really lived through.
pub(crate) const STORE_LIMIT: i64 = 5_000;

/// The longest wait for the store's lock, in milliseconds: more than a holder needs for two requests.
pub(crate) const LOCK_WAIT: i64 = 40_000;

/// The longest any caller waits, in milliseconds really lived through: more than the wait for the lock.
const WAIT_LIMIT: i64 = 60_000;

/// The longest a caller waits for an outage to end, in milliseconds really lived through.
const OUTAGE_WAIT: i64 = 15_000;

/// The longest sleep while somebody waits, in milliseconds. Time that passes in one larger step was slept through
/// by the machine and does not count against a time limit.
pub(crate) const STEP: i64 = 5_000;

/// The longest sleep otherwise: long timers sleep through a suspend and overflow at 2^31 ms.
const IDLE_STEP: i64 = 30_000;

/// Tokens that live shorter than this, in milliseconds, are refreshed on demand only.
const SHORTEST_BACKGROUND_LIFETIME: i64 = 2 * FLOOR;

/// A token that has lasted this long, in milliseconds, makes up for one refresh that cured no 401.
const RESTRAINT: i64 = 20_000;

/// The session logic of one context.
#[derive(Debug)]
pub(crate) struct Machine {
    backend: Box<dyn Backend>,
    policy: Policy,
    /// The token endpoint's origin; a stored session of another one is none of ours (Q1).
    server: Box<str>,
    live: Option<Box<Live>>,
    /// The sessions that ended here; a late read of the store must not bring one back.
    ended: Vec<(SessionId, SignOutReason)>,
    /// The session in the store, when it was last seen: what a sign-in may replace.
    stored: Option<SessionId>,
    loaded: bool,
    visible: bool,
    closed: bool,
    refresh: Option<Refresh>,
    /// Refresh requests that were given up by the clock, not by the server.
    overdue: Vec<Overdue>,
    /// The best token that a resource has handed out and nobody has looked at.
    offer: Option<Offer>,
    sign_in: Option<SignIn>,
    /// Sign-ins that were given up; what their answers bring is revoked.
    abandoned: Vec<Job>,
    sign_out: Option<SignOut>,
    look: Option<Look>,
    /// Commands that came before the first read of the store ended, or while a sign-in was being stored.
    queued: Vec<Input>,
    waiters: Vec<Waiter>,
    /// The last failure to refresh, until a refresh succeeds.
    trouble: Option<Error>,
    store_trouble: Option<StoreProblem>,
    last_attempt: Option<Now>,
    /// Refreshes in a row that only a 401 asked for.
    reactive: u32,
    /// A refresh has just brought a new token.
    renewed: bool,
    /// When the input came that is being handled, and random bits that came with it.
    now: Now,
    entropy: u64,
    /// Time in which the machine was awake, in milliseconds; sleep and frozen pages count one step at most.
    lived: i64,
    /// What is to be done, in order.
    outputs: Vec<Output>,
    jobs: u32,
}

/// A plain read of the store, without the lock.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
struct Look {
    job: Job,
    /// Cleared when the session changes meanwhile: what is read may be older than what is known.
    valid: bool,
    /// Read again afterwards.
    again: bool,
    reason: SignOutReason,
}

impl Machine {
    /// A machine that knows nothing yet; begin with [`Input::Start`].
    #[must_use]
    pub(crate) fn new(backend: Box<dyn Backend>, policy: Policy) -> Self {
        let server = backend.endpoint().origin().into();
        Self {
            backend,
            policy,
            server,
            live: None,
            ended: Vec::new(),
            stored: None,
            loaded: false,
            visible: true,
            closed: false,
            refresh: None,
            overdue: Vec::new(),
            offer: None,
            sign_in: None,
            abandoned: Vec::new(),
            sign_out: None,
            look: None,
            queued: Vec::new(),
            waiters: Vec::new(),
            trouble: None,
            store_trouble: None,
            last_attempt: None,
            reactive: 0,
            renewed: false,
            now: Now { wall: 0, monotonic: 0 },
            entropy: 0,
            lived: 0,
            outputs: Vec::new(),
            jobs: 0,
        }
    }

    /// Takes in what happened. Carry out the [outputs](Self::take_outputs) afterwards.
    pub(crate) fn handle(&mut self, now: Now, entropy: u64, input: Input) {
        self.lived = self.lived.saturating_add(now.since(self.now).min(STEP));
        (self.now, self.entropy) = (now, entropy);
        self.dispatch(input);
        if self.loaded {
            for command in core::mem::take(&mut self.queued) {
                self.dispatch(command);
            }
        }
        self.serve();
    }

    /// What is to be done, in this order.
    #[must_use]
    pub(crate) fn take_outputs(&mut self) -> Vec<Output> {
        core::mem::take(&mut self.outputs)
    }

    fn dispatch(&mut self, input: Input) {
        match input {
            Input::SignIn { .. } | Input::Adopt { .. } | Input::SignOut { .. } if self.closed => self.refuse(input),
            Input::SignIn { .. } | Input::Adopt { .. } | Input::SignOut { .. }
                if !self.loaded || self.is_storing_sign_in() =>
            {
                self.queued.push(input);
            }
            Input::Start => self.look(SignOutReason::SignedOutElsewhere),
            Input::Want { waiter, need } => self.enqueue(waiter, need),
            Input::Forget { waiter } => self.waiters.retain(|waiting| waiting.id != waiter),
            Input::SignIn { waiter, credentials } => self.start_sign_in(waiter, &credentials),
            Input::Adopt { waiter, tokens } => self.start_adoption(waiter, tokens),
            Input::SignOut { waiter } => self.start_sign_out(waiter),
            Input::Locked { job, outcome } => self.locked(job, outcome),
            Input::Loaded { job, stored } => self.load_ended(job, stored),
            Input::Saved { job, outcome } => self.save_ended(job, outcome),
            Input::Answered { job, answer } => {
                if self.refresh.as_ref().is_some_and(|refresh| refresh.awaits_answer(job)) {
                    self.refresh_answered(answer);
                } else if self.sign_in.as_ref().is_some_and(|sign_in| sign_in.job == job) {
                    self.sign_in_answered(answer);
                } else if self.abandoned.contains(&job) {
                    self.abandoned.retain(|abandoned| *abandoned != job);
                    self.abandoned_answered(answer);
                } else if let Some(overdue) = self.take_overdue(job) {
                    self.late_answered(&overdue, answer);
                } else {
                    self.sign_out_answered(job, answer);
                }
            }
            Input::Offered { than, access } => self.offered(than, access),
            Input::Hint(hint) => self.look(match hint {
                Hint::Changed => SignOutReason::SignedOutElsewhere,
                Hint::Ended(reason) => reason.seen_elsewhere(),
            }),
            Input::Look { visible } => {
                self.visible = visible;
                if visible {
                    self.look(SignOutReason::SignedOutElsewhere);
                }
            }
            Input::Tick => {}
            Input::Close => self.closed = true,
        }
    }

    fn refuse(&mut self, command: Input) {
        if let Input::SignIn { waiter, .. } | Input::Adopt { waiter, .. } | Input::SignOut { waiter } = command {
            self.answer(waiter, Err(Error::Closed));
        }
    }

    fn load_ended(&mut self, job: Job, stored: Result<Option<Secret>, StoreError>) {
        let stored = stored.and_then(|text| match text.as_ref().map(|text| Record::decode(text.expose())) {
            None => Ok(None),
            Some(Ok(record)) if record.server != self.server => Err(StoreError::new(StoreProblem::OtherServer)),
            Some(Ok(record)) => Ok(Some(Box::new(record))),
            Some(Err(RecordError::Corrupt)) => Err(StoreError::new(StoreProblem::Corrupt)),
            Some(Err(RecordError::NewerVersion)) => Err(StoreError::new(StoreProblem::NewerVersion)),
            Some(Err(RecordError::Bound)) => Err(StoreError::new(StoreProblem::Bound)),
        });
        let is_refresh = self.refresh.as_ref().is_some_and(|refresh| refresh.job == job);
        let is_look = self.look.as_ref().is_some_and(|look| look.job == job && look.valid);
        if let Ok(record) = &stored
            && (is_look || is_refresh && self.is_refreshing_live())
        {
            self.stored = record.as_ref().map(|record| record.stamp.session);
        }
        if is_refresh {
            self.refresh_loaded(stored);
        } else if self.look.as_ref().is_some_and(|look| look.job == job) {
            self.looked(stored);
        }
    }

    /// The circumstances of an answer that is here now, to a request that left at `sent`.
    fn receipt(&self, sent: Now, date: Option<i64>) -> Receipt {
        Receipt { sent, arrived: self.now, date }
    }

    fn save_ended(&mut self, job: Job, outcome: Result<super::record::Saved, StoreError>) {
        if self.refresh.as_ref().is_some_and(|refresh| refresh.job == job) {
            self.refresh_saved(outcome);
        } else if self.sign_in.as_ref().is_some_and(|sign_in| sign_in.job == job) {
            self.sign_in_saved(outcome);
        } else {
            self.sign_out_saved(job, outcome);
        }
    }

    /// Reads the store without the lock; `reason` is why the session ended, should it be gone.
    fn look(&mut self, reason: SignOutReason) {
        if let Some(look) = &mut self.look {
            look.again = true;
            look.reason = reason;
            return;
        }
        let job = self.next_job();
        self.look = Some(Look { job, valid: true, again: false, reason });
        self.outputs.push(Output::Load(job));
    }

    /// Why the session is gone from the store, as far as another context has said so already.
    fn reason_elsewhere(&self) -> SignOutReason {
        self.look.as_ref().map_or(SignOutReason::SignedOutElsewhere, |look| look.reason)
    }

    fn looked(&mut self, stored: Result<Option<Box<Record>>, StoreError>) {
        let Some(look) = self.look.take() else { return };
        let first = !core::mem::replace(&mut self.loaded, true);
        if look.valid {
            match stored {
                Ok(record) => {
                    self.store_trouble = None;
                    self.integrate(record, look.reason, first);
                }
                Err(error) => self.store_failed(error),
            }
        }
        if look.again || !look.valid {
            self.look(look.reason);
        }
    }

    /// Reports a store's failure, once until something else happens to it.
    fn store_failed(&mut self, error: StoreError) {
        if self.store_trouble.replace(error.problem) != Some(error.problem) {
            self.outputs.push(Output::Emit(Event::StoreFailed { error: Error::Store(error) }));
        }
    }

    fn next_job(&mut self) -> Job {
        self.jobs = self.jobs.wrapping_add(1);
        Job(self.jobs)
    }

    fn answer(&mut self, waiter: WaiterId, reply: Result<Reply, Error>) {
        self.outputs.push(Output::Answer(waiter, reply));
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push(Output::Emit(event));
    }
}
