//! Answers that come after their time limit: the token that they bring may be the only one that still works (R5).

use super::{Refresh, Stage};
use crate::core::{
    backend::Outcome,
    http::{HttpAnswer, TransportError},
    lifetime::Receipt,
    machine::{Job, Machine, Output},
    record::{Basis, Stamp},
    time::Now,
};

/// A refresh request that has run into its time limit, and may still be answered.
#[derive(Debug)]
pub(in crate::core::machine) struct Overdue {
    job: Job,
    /// The pair that it carried.
    from: Stamp,
}

impl Machine {
    /// The refresh under way goes on without this answer, should it come.
    pub(super) fn expect_late_answer(&mut self) {
        self.overdue.extend(self.refresh.as_ref().map(|refresh| Overdue { job: refresh.job, from: refresh.from }));
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
        now: Now,
        entropy: u64,
        overdue: &Overdue,
        answer: Result<HttpAnswer, TransportError>,
        receipt: &Receipt,
    ) {
        let Ok(answer) = answer else { return };
        let Outcome::Granted(grant) = self.backend.read_refresh(&answer) else { return };
        let stamp = self.live.as_ref().map(|live| live.record.stamp);
        if stamp.is_none_or(|stamp| stamp.session != overdue.from.session) {
            return self.refresh_settled(Some(overdue.from.session), grant.refresh);
        }
        if stamp == Some(overdue.from) && self.make_way() {
            let basis = Basis::Stamp(overdue.from);
            self.refresh =
                Some(Refresh { stage: Stage::Sending, ..Refresh::new(self.next_job(), overdue.from, basis) });
            self.granted(now, entropy, grant, receipt);
        }
    }

    /// Gives up a refresh that has brought nothing so far; says whether there is none any more.
    fn make_way(&mut self) -> bool {
        match &self.refresh {
            Some(Refresh { stage: Stage::Storing(_, None) | Stage::Recovering(_, None), .. }) => return false,
            Some(Refresh { stage: Stage::Sending, .. }) => self.expect_late_answer(),
            _ => {}
        }
        if let Some(refresh) = self.refresh.take() {
            self.outputs.push(Output::Unlock(refresh.job));
        }
        true
    }
}
