//! Answers that come after their time limit: the token that they bring may be the only one that still works (R5).

use super::{Refresh, Stage};
use crate::core::{
    backend::Outcome,
    http::{HttpAnswer, TransportError},
    machine::{Job, Machine},
    record::Stamp,
    time::Now,
};

/// A refresh request that has run into its time limit, and may still be answered.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone, Hash))]
pub(in crate::core::machine) struct Overdue {
    job: Job,
    /// The pair that it carried.
    from: Stamp,
    sent: Now,
}

impl Machine {
    /// The refresh under way goes on without this answer, should it come.
    pub(super) fn expect_late_answer(&mut self) {
        self.overdue.extend(self.refresh.as_ref().map(|refresh| Overdue {
            job: refresh.job,
            from: refresh.from,
            sent: refresh.sent,
        }));
    }

    /// The answer is no longer expected, because it is here or because it will never be.
    pub(in crate::core::machine) fn take_overdue(&mut self, job: Job) -> Option<Overdue> {
        let at = self.overdue.iter().position(|overdue| overdue.job == job)?;
        Some(self.overdue.remove(at))
    }

    /// Whatever but a grant is no news: the next attempt finds out. What is granted is stored like any other outcome;
    /// it needs no lock, since it wins over every other write that is based on the same pair.
    pub(in crate::core::machine) fn late_answered(
        &mut self,
        overdue: &Overdue,
        answer: Result<HttpAnswer, TransportError>,
    ) {
        let Ok(answer) = answer else { return };
        let receipt = self.receipt(overdue.sent, answer.date);
        let Outcome::Granted(grant) = self.read_refresh(&answer) else { return };
        let stamp = self.live.as_ref().map(|live| live.record.stamp);
        if stamp.is_none_or(|stamp| stamp.session != overdue.from.session) {
            return self.refresh_settled(Some(overdue.from.session), Some(grant.tokens()));
        }
        if stamp == Some(overdue.from) && !self.has_brought_a_pair() {
            let job = self.next_job();
            let lock = self.make_way().unwrap_or(job);
            let refresh = Refresh::new(job, overdue.from, overdue.sent);
            self.refresh = Some(Refresh { lock, stage: Stage::Sending, ..refresh });
            self.granted(grant, &receipt);
        }
    }

    fn has_brought_a_pair(&self) -> bool {
        let stage = self.refresh.as_ref().map(|refresh| &refresh.stage);
        matches!(stage, Some(Stage::Storing(next) | Stage::Recovering(next)) if next.failure.is_none())
    }

    /// Gives up the refresh under way. The lock that it leaves behind is released when the late pair is stored: in
    /// between, another context would find the old one.
    fn make_way(&mut self) -> Option<Job> {
        if self.refresh.as_ref().is_some_and(Refresh::is_sending) {
            self.expect_late_answer();
        }
        self.refresh.take().map(|refresh| refresh.lock)
    }
}
