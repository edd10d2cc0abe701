//! How what a context waits for comes to its end.

use std::sync::Arc;

use super::{
    Sabotage,
    server::{Answer, ENTROPY, Errand, Pair},
    world::{Request, Work, World, decode},
};
use crate::core::{
    error::{StoreError, StoreProblem},
    machine::{Input, Job, LockFailure},
    record::{Applied, Saved, Write},
    secret::Secret,
};

impl World {
    /// The effect takes place and its result is told.
    pub(super) fn carry_out(&mut self, at: usize, index: usize) {
        match self.contexts[at].work.remove(index) {
            Work::Lock(job, _) => {
                let context = &mut self.contexts[at];
                context.lock = Some(job);
                context.knowledge.outdated.add(self.rules.outdated);
                self.input(at, Input::Locked { job, outcome: Ok(()) });
            }
            Work::Load(job) => {
                let text = self.read(at, job);
                self.loaded(at, job, text);
            }
            Work::Save(job, write) => {
                let saved = self.write(at, &write);
                self.input(at, Input::Saved { job, outcome: Ok(saved) });
            }
            Work::Send(job, request) => {
                let answer = self.reach(request.errand);
                self.answer(at, job, request, answer);
            }
            Work::Stalled(job, request, answer) => self.answer(at, job, request, answer),
            Work::Loaded(job, text) => self.loaded(at, job, text),
            Work::Saved(job, saved) => self.input(at, Input::Saved { job, outcome: Ok(saved) }),
            Work::Hear(hint) => self.input(at, Input::Hint(hint)),
            Work::Overdue(write) => drop(self.write(at, &write)),
        }
    }

    /// The store acts, but its result is slow.
    pub(super) fn delay(&mut self, at: usize, index: usize) {
        let slow = match self.contexts[at].work.remove(index) {
            Work::Load(job) => Work::Loaded(job, self.read(at, job)),
            Work::Save(job, write) => Work::Saved(job, self.write(at, &write)),
            other => other,
        };
        self.contexts[at].work.insert(index, slow);
    }

    /// The store does not act.
    pub(super) fn fail(&mut self, at: usize, index: usize) {
        let error = StoreError::new(StoreProblem::Unavailable);
        self.contexts[at].knowledge.store_failed = true;
        match self.contexts[at].work.remove(index) {
            Work::Lock(job, _) => self.input(at, Input::Locked { job, outcome: Err(LockFailure::Failed(error)) }),
            Work::Load(job) => self.input(at, Input::Loaded { job, stored: Err(error) }),
            Work::Save(job, _) => self.input(at, Input::Saved { job, outcome: Err(error) }),
            _ => {}
        }
    }

    /// The store acts so late that the context has given it up.
    pub(super) fn overrun(&mut self, at: usize, index: usize) {
        if let Work::Save(_, write) = &self.contexts[at].work[index] {
            let overdue = Work::Overdue(write.clone());
            self.fail(at, index);
            self.contexts[at].work.push(overdue);
        }
    }

    /// Somebody answers in the server's place.
    pub(super) fn intercept(&mut self, at: usize, index: usize, answer: Answer) {
        if let Work::Send(job, request) = self.contexts[at].work.remove(index) {
            self.answer(at, job, request, answer);
        }
    }

    /// The server acts, and its answer is lost.
    pub(super) fn lose(&mut self, at: usize, index: usize) {
        if let Work::Send(_, request) = &self.contexts[at].work[index] {
            self.reach(request.errand);
        }
        self.intercept(at, index, Answer::Cut);
    }

    /// The server acts, and its answer takes its time, or never comes.
    pub(super) fn stall(&mut self, at: usize, index: usize) {
        if let Work::Send(job, request) = self.contexts[at].work.remove(index) {
            let answer = self.reach(request.errand);
            self.contexts[at].work.insert(index, Work::Stalled(job, request, answer));
        }
    }

    /// The wait for the lock or for an answer is over.
    pub(super) fn time_out(&mut self, at: usize, index: usize) {
        match self.contexts[at].work.remove(index) {
            Work::Lock(job, _) => self.input(at, Input::Locked { job, outcome: Err(LockFailure::TimedOut) }),
            Work::Stalled(job, request, answer) => {
                let late = Request { until: None, ..request };
                self.contexts[at].work.insert(index, Work::Stalled(job, late, answer));
                self.answer(at, job, request, Answer::TimedOut);
            }
            _ => {}
        }
    }

    pub(super) fn reach(&mut self, errand: Errand) -> Answer {
        if self.down { Answer::Busy } else { self.server.act(self.now, errand) }
    }

    fn answer(&mut self, at: usize, job: Job, request: Request, answer: Answer) {
        let entropy = self.learn(at, request.errand, answer);
        let shown = match answer {
            Answer::Busy if self.plan.sabotage == Some(Sabotage::BusyEnds) => Answer::Refused,
            answer => answer,
        };
        self.input_with(at, entropy, Input::Answered { job, answer: shown.delivered() });
    }

    /// What a context knows by an answer; the random bits will name the session that a sign-in begins.
    fn learn(&mut self, at: usize, errand: Errand, answer: Answer) -> u64 {
        match (errand, answer) {
            (Errand::SignIn, Answer::Granted(pair)) => {
                let family = self.server.family(pair);
                self.rules.granted.insert(family);
                return family.entropy();
            }
            (_, Answer::Granted(pair)) => self.contexts[at].knowledge.outdated.extend(self.server.ancestors(pair)),
            (Errand::Refresh(pair), Answer::Refused) => self.rules.refused.insert(self.server.family(pair)),
            _ => {}
        }
        ENTROPY
    }

    fn loaded(&mut self, at: usize, job: Job, text: Option<Arc<str>>) {
        if let Some(record) = text.as_deref().map(decode) {
            self.contexts[at].knowledge.outdated.extend(self.server.ancestors(Pair::of(&record)));
        }
        self.input(at, Input::Loaded { job, stored: Ok(text.as_deref().map(Secret::from)) });
    }

    fn read(&self, at: usize, job: Job) -> Option<Arc<str>> {
        let machine = &self.contexts[at].machine;
        let rereads = machine.refresh.as_ref().is_some_and(|refresh| refresh.job == job);
        match &machine.live {
            Some(live) if rereads && self.plan.sabotage == Some(Sabotage::NoReadAgain) => {
                Some(live.record.encode().expose().into())
            }
            _ => self.store.clone(),
        }
    }

    fn write(&mut self, at: usize, write: &Write) -> Saved {
        let fenced = self.plan.sabotage != Some(Sabotage::NoFence);
        let next: Option<Arc<str>> = match if fenced { write.onto(self.store.as_deref()) } else { write.unfenced() } {
            Applied::Lost => return Saved::Lost,
            Applied::Remove => None,
            Applied::Put { text, .. } => Some(text.expose().into()),
        };
        self.check_write(at, next.as_deref().map(decode).as_ref());
        self.store = next;
        Saved::Written
    }
}
