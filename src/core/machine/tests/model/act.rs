//! What can happen in a state.

use super::{
    Sabotage,
    server::{Answer, Errand},
    world::{Context, Mood, Request, Work, World},
};
use crate::core::machine::{Input, Need, tests::rig::HOUR};

/// Contexts and their work are named by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// What a context waits for comes to its end.
    Do(usize, usize),
    TimeOut(usize, usize),
    /// The next due moment comes.
    Pass,
    Thaw(usize),
    /// A new context in a dead one's place.
    Open(usize),
    /// A dead context's request reaches the server.
    Arrive(usize),
    /// One of the few that are counted.
    Mishap(Mishap),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    Fail(usize, usize),
    Delay(usize, usize),
    Overrun(usize, usize),
    /// 503, not from the server.
    Busy(usize, usize),
    /// The connection breaks on the way there.
    Cut(usize, usize),
    /// The connection breaks on the way back.
    Lose(usize, usize),
    Stall(usize, usize),
    Die(usize),
    Freeze(usize),
    SignIn(usize),
    SignOut(usize),
    /// A request with the token in use was answered 401.
    Unauthorized(usize),
    Close(usize),
    /// Somebody sets the wall clock.
    SetClock(i64),
    /// Nothing answers from now on.
    Outage,
}

impl Act {
    /// The work that it befalls.
    pub(super) fn on(self) -> Option<(usize, usize)> {
        match self {
            Self::Do(at, index)
            | Self::TimeOut(at, index)
            | Self::Mishap(
                Mishap::Fail(at, index)
                | Mishap::Delay(at, index)
                | Mishap::Overrun(at, index)
                | Mishap::Busy(at, index)
                | Mishap::Cut(at, index)
                | Mishap::Lose(at, index)
                | Mishap::Stall(at, index),
            ) => Some((at, index)),
            _ => None,
        }
    }
}

impl World {
    pub(super) fn acts(&self, acts: &mut Vec<Act>) {
        for (at, context) in self.contexts.iter().enumerate() {
            match context.mood {
                Mood::Awake => self.acts_of(at, context, acts),
                Mood::Frozen(_) => acts.push(Act::Thaw(at)),
                Mood::Dead => acts.push(Act::Open(at)),
            }
        }
        acts.extend((0..self.orphans.len()).map(Act::Arrive));
        if !acts.iter().any(|act| self.is_immediate(act)) && self.next_due().is_some() {
            acts.push(Act::Pass);
        }
        if self.left > 0 {
            self.mishaps(acts);
        }
    }

    fn acts_of(&self, at: usize, context: &Context, acts: &mut Vec<Act>) {
        for (index, work) in context.work.iter().enumerate() {
            if self.can_end(context, index, work) {
                acts.push(Act::Do(at, index));
            }
            if due(work).is_some_and(|due| due <= self.now) {
                acts.push(Act::TimeOut(at, index));
            }
        }
    }

    /// Operations on the store keep their order, and so do their results.
    fn can_end(&self, context: &Context, index: usize, work: &Work) -> bool {
        match work {
            Work::Lock(..) => self.is_lock_free() || self.plan.sabotage == Some(Sabotage::NoLock),
            work if of_store(work) => context.work.iter().position(of_store) == Some(index),
            _ => true,
        }
    }

    /// Time does not pass while something takes no time.
    fn is_immediate(&self, act: &Act) -> bool {
        match act {
            Act::Do(at, index) => !matches!(self.contexts[*at].work[*index], Work::Stalled(..) | Work::Overdue(_)),
            Act::TimeOut(..) => true,
            _ => false,
        }
    }

    fn next_due(&self) -> Option<i64> {
        let awake = self.contexts.iter().filter(|context| context.mood == Mood::Awake);
        awake.flat_map(|context| context.wake.into_iter().chain(context.work.iter().filter_map(due))).min()
    }

    fn mishaps(&self, acts: &mut Vec<Act>) {
        let mut push = |mishap| acts.push(Act::Mishap(mishap));
        for (at, context) in self.contexts.iter().enumerate().filter(|(_, context)| context.mood == Mood::Awake) {
            for (index, work) in context.work.iter().enumerate() {
                if !self.can_end(context, index, work) {
                    continue;
                }
                match work {
                    Work::Lock(..) => push(Mishap::Fail(at, index)),
                    Work::Load(_) | Work::Save(..) => {
                        push(Mishap::Fail(at, index));
                        push(Mishap::Delay(at, index));
                        if matches!(work, Work::Save(..)) {
                            push(Mishap::Overrun(at, index));
                        }
                    }
                    Work::Send(_, request) if !matches!(request.errand, Errand::Revoke(_)) => {
                        push(Mishap::Busy(at, index));
                        push(Mishap::Cut(at, index));
                        push(Mishap::Lose(at, index));
                        push(Mishap::Stall(at, index));
                    }
                    _ => {}
                }
            }
            push(Mishap::Die(at));
            push(Mishap::Freeze(at));
            push(Mishap::SignIn(at));
            if context.session().is_some() {
                push(Mishap::SignOut(at));
                push(Mishap::Unauthorized(at));
            }
            push(Mishap::Close(at));
        }
        push(Mishap::SetClock(HOUR));
        push(Mishap::SetClock(-HOUR));
        if !self.down {
            push(Mishap::Outage);
        }
    }

    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Do(at, index) => self.carry_out(at, index),
            Act::TimeOut(at, index) => self.time_out(at, index),
            Act::Pass => self.pass(),
            Act::Thaw(at) => self.thaw(at),
            Act::Open(at) => self.open(at),
            Act::Arrive(index) => {
                let errand = self.orphans.remove(index);
                self.reach(errand);
            }
            Act::Mishap(mishap) => {
                self.left -= 1;
                self.suffer(mishap);
            }
        }
    }

    fn suffer(&mut self, mishap: Mishap) {
        match mishap {
            Mishap::Fail(at, index) => self.fail(at, index),
            Mishap::Delay(at, index) => self.delay(at, index),
            Mishap::Overrun(at, index) => self.overrun(at, index),
            Mishap::Busy(at, index) => self.intercept(at, index, Answer::Busy),
            Mishap::Cut(at, index) => self.intercept(at, index, Answer::Cut),
            Mishap::Lose(at, index) => self.lose(at, index),
            Mishap::Stall(at, index) => self.stall(at, index),
            Mishap::Die(at) => self.die(at),
            Mishap::Freeze(at) => self.contexts[at].mood = Mood::Frozen(self.now),
            Mishap::SignIn(at) => self.sign_in(at),
            Mishap::SignOut(at) => self.sign_out(at),
            Mishap::Unauthorized(at) => {
                let live = self.contexts[at].machine.live.as_ref().expect("a session");
                let than = live.token.stamp;
                self.want(at, Need::Newer { than });
            }
            Mishap::Close(at) => self.input(at, Input::Close),
            Mishap::SetClock(by) => self.wall += by,
            Mishap::Outage => self.down = true,
        }
    }

    fn pass(&mut self) {
        self.now = self.next_due().expect("something is due").max(self.now);
        for at in 0..self.contexts.len() {
            let context = &self.contexts[at];
            if context.mood == Mood::Awake && context.wake.is_some_and(|wake| wake <= self.now) {
                self.input(at, Input::Tick);
            }
        }
    }

    /// Time limits count time lived through.
    fn thaw(&mut self, at: usize) {
        let context = &mut self.contexts[at];
        let Mood::Frozen(since) = std::mem::replace(&mut context.mood, Mood::Awake) else { return };
        let slept = self.now - since;
        for work in &mut context.work {
            if let Work::Lock(_, until) | Work::Send(_, Request { until: Some(until), .. }) = work {
                *until += slept;
            }
        }
        self.input(at, Input::Tick);
    }

    /// Whatever the context waited for is lost; what it has sent may still arrive.
    fn die(&mut self, at: usize) {
        let dead = Context { mood: Mood::Dead, ..Context::new(false) };
        let context = std::mem::replace(&mut self.contexts[at], dead);
        self.orphans.extend(context.work.iter().filter_map(|work| match work {
            Work::Send(_, request) => Some(request.errand),
            _ => None,
        }));
    }
}

/// When its time is over.
fn due(work: &Work) -> Option<i64> {
    match work {
        Work::Lock(_, until) => Some(*until),
        Work::Stalled(_, request, _) => request.until,
        _ => None,
    }
}

fn of_store(work: &Work) -> bool {
    matches!(work, Work::Load(_) | Work::Save(..) | Work::Loaded(..) | Work::Saved(..))
}
