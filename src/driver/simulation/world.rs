//! What the simulated contexts share, and what must hold whenever it is touched.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::Arc,
};

use super::tab::Tab;
use crate::{
    core::{
        Event, Hint, Now, Saved, SignOutReason, StoreError, StoreProblem, Write,
        http::REQUEST_LIMIT,
        machine::{
            Current, Input, Job, LockFailure,
            tests::model::server::{Answer, ENTROPY, Errand, Family, Pair, Reuse, Server},
        },
        record::{Applied, Record},
    },
    driver::Driver,
};

const EPOCH: i64 = 1_700_000_000_000;

pub(super) type Machinery = Arc<Driver<Tab>>;

/// What happens at its time.
pub(super) enum Happening {
    Deliver(Input),
    Tick(u64),
    Read(Job),
    Apply(Job, Write),
    /// A request reaches the server.
    Arrive(Job, Now, Errand),
    /// Its answer reaches the context.
    Answer(Job, Errand, Answer),
    GiveUpLock(Job),
}

#[derive(Default)]
pub(super) struct Context {
    pub(super) alive: bool,
    pub(super) frozen_until: i64,
    pub(super) driver: Option<Machinery>,
    pub(super) timer: u64,
    /// When its last operation on the store takes place: they keep their order.
    store_busy: i64,
    store_failed: bool,
    pub(super) told_to_end: bool,
    in_flight: Option<Family>,
    /// Pairs whose successor it has seen, or the store had held when it got the lock.
    outdated: HashSet<u8>,
    published: Option<Current>,
}

pub(super) struct World {
    pub(super) now: i64,
    pub(super) wall: i64,
    /// Of a hundred things, so many go wrong.
    pub(super) trouble: u64,
    pub(super) contexts: Vec<Context>,
    pub(super) agenda: BTreeMap<(i64, u64), (usize, Machinery, Happening)>,
    serial: u64,
    random: u64,
    store: Option<String>,
    lock: Option<(usize, Job)>,
    queue: VecDeque<(usize, Job, Machinery)>,
    server: Server,
    /// Every pair that the store has held, and those whose successor it has held.
    durable: HashSet<u8>,
    outdated: HashSet<u8>,
    families: HashSet<Family>,
    /// A server has refused a refresh token.
    pub(super) refused: bool,
    ended_by_user: bool,
}

impl World {
    pub(super) fn new(seed: u64, reuse: Reuse, trouble: u64) -> Self {
        Self {
            now: 0,
            wall: EPOCH,
            trouble,
            contexts: Vec::new(),
            agenda: BTreeMap::new(),
            serial: 0,
            random: seed,
            store: None,
            lock: None,
            queue: VecDeque::new(),
            server: Server::new(reuse),
            durable: HashSet::new(),
            outdated: HashSet::new(),
            families: HashSet::new(),
            refused: false,
            ended_by_user: false,
        }
    }

    pub(super) fn add_context(&mut self) {
        self.contexts.push(Context { alive: true, ..Context::default() });
    }

    /// Splitmix64: everything that is left to chance comes from the seed.
    pub(super) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.random() % bound
    }

    fn goes_wrong(&mut self) -> bool {
        self.below(100) < self.trouble
    }

    pub(super) fn clock(&self) -> Now {
        Now { wall: self.wall + self.now, monotonic: self.now }
    }

    pub(super) fn after(&mut self, delay: i64, at: usize, driver: &Machinery, happening: Happening) {
        self.serial += 1;
        self.agenda.insert((self.now + delay, self.serial), (at, Arc::clone(driver), happening));
    }

    /// Milliseconds until a store's next operation of this context takes place.
    pub(super) fn store_delay(&mut self, at: usize) -> i64 {
        let longest = if self.goes_wrong() { 3_000 } else { 4 };
        let due = (self.now + self.below(longest) as i64).max(self.contexts[at].store_busy);
        self.contexts[at].store_busy = due;
        due - self.now
    }

    /// What a happening tells its context.
    pub(super) fn happen(&mut self, at: usize, driver: &Machinery, happening: Happening) -> Option<Input> {
        match happening {
            Happening::Deliver(input) => Some(input),
            Happening::Tick(timer) => (self.contexts[at].timer == timer).then_some(Input::Tick),
            Happening::Read(job) => Some(Input::Loaded { job, stored: self.read(at).map(|text| text.map(Into::into)) }),
            Happening::Apply(job, write) => Some(Input::Saved { job, outcome: self.apply(at, &write) }),
            Happening::Arrive(job, sent, errand) => self.arrive(at, driver, job, sent, errand),
            Happening::Answer(job, errand, answer) => {
                self.learn(at, errand, answer);
                Some(Input::Answered { job, answer: answer.delivered() })
            }
            Happening::GiveUpLock(job) => {
                let waiting = self.queue.iter().position(|(tab, waiting, _)| (*tab, *waiting) == (at, job))?;
                self.queue.remove(waiting);
                Some(Input::Locked { job, outcome: Err(LockFailure::TimedOut) })
            }
        }
    }

    fn fail(&mut self, at: usize) -> Result<(), StoreError> {
        if self.goes_wrong() && self.goes_wrong() {
            self.contexts[at].store_failed = true;
            return Err(StoreError::new(StoreProblem::Unavailable));
        }
        Ok(())
    }

    fn read(&mut self, at: usize) -> Result<Option<String>, StoreError> {
        self.fail(at)?;
        if let Some(record) = self.record() {
            let ancestors = self.server.ancestors(Pair::of(&record)).map(u8::from);
            self.contexts[at].outdated.extend(ancestors);
        }
        Ok(self.store.clone())
    }

    fn record(&self) -> Option<Record> {
        self.store.as_deref().map(|text| Record::decode(text).expect("a record"))
    }

    fn apply(&mut self, at: usize, write: &Write) -> Result<Saved, StoreError> {
        self.fail(at)?;
        let before = self.record();
        self.store = match write.onto(self.store.as_deref()) {
            Applied::Lost => return Ok(Saved::Lost),
            Applied::Remove => None,
            Applied::Put { text, .. } => Some(text.expose().into()),
        };
        if let Some(after) = self.record() {
            let pair = Pair::of(&after);
            if let Some(before) = before.filter(|before| before.stamp.session == after.stamp.session) {
                assert!(before.stamp.generation <= after.stamp.generation, "a newer record is overwritten");
                let goes_back = self.server.ancestors(Pair::of(&before)).any(|older| older == pair);
                assert!(!goes_back, "a consumed token is back in the store");
            }
            self.durable.insert(pair.into());
            self.outdated.extend(self.server.ancestors(pair).map(u8::from));
            self.families.insert(self.server.family(pair));
        }
        Ok(Saved::Written)
    }

    pub(super) fn send(&mut self, at: usize, driver: &Machinery, job: Job, errand: Errand) {
        if let Errand::Refresh(pair) = errand {
            let family = self.server.family(pair);
            let locked = self.lock.is_some_and(|(holder, _)| holder == at);
            assert!(locked || !self.families.contains(&family), "a refresh without the lock");
            let others = self.contexts.iter().enumerate().filter(|(other, context)| *other != at && context.alive);
            let elsewhere = others.into_iter().any(|(_, context)| context.in_flight == Some(family));
            assert!(!elsewhere, "two refreshes are under way");
            let known = self.contexts[at].outdated.contains(&u8::from(pair));
            assert!(!known, "a consumed token is knowingly sent again");
            self.contexts[at].in_flight = Some(family);
        }
        let sent = self.clock();
        let delay = self.below(100) as i64;
        self.after(delay, at, driver, Happening::Arrive(job, sent, errand));
    }

    fn arrive(&mut self, at: usize, driver: &Machinery, job: Job, sent: Now, errand: Errand) -> Option<Input> {
        let kind = if self.goes_wrong() { self.below(5) } else { 5 };
        let answer = match kind {
            0 => Answer::Busy,
            1 => Answer::Cut,
            _ => self.server.act(self.now, errand),
        };
        let (answer, delay) = match kind {
            2 => (Answer::Cut, 50),
            // Too late, or never.
            3 => (answer, REQUEST_LIMIT + self.below(60_000) as i64),
            4 => (answer, REQUEST_LIMIT - 1_000),
            _ => (answer, self.below(200) as i64),
        };
        let over = sent.monotonic + REQUEST_LIMIT - self.now;
        if delay > over {
            self.after(over, at, driver, Happening::Answer(job, errand, Answer::TimedOut));
        }
        self.after(delay, at, driver, Happening::Answer(job, errand, answer));
        None
    }

    fn learn(&mut self, at: usize, errand: Errand, answer: Answer) {
        match (errand, answer) {
            (Errand::Refresh(pair), _) => {
                self.contexts[at].in_flight.take_if(|family| *family == self.server.family(pair));
                self.refused |= answer == Answer::Refused;
                if let Answer::Granted(next) = answer {
                    let ancestors = self.server.ancestors(next).map(u8::from);
                    self.contexts[at].outdated.extend(ancestors);
                }
            }
            (Errand::SignIn, Answer::Granted(_)) => self.ended_by_user = true,
            _ => {}
        }
    }

    pub(super) fn wait_for_lock(&mut self, at: usize, job: Job, driver: &Machinery) {
        self.queue.push_back((at, job, Arc::clone(driver)));
        self.grant();
    }

    pub(super) fn unlock(&mut self, at: usize, job: Option<Job>) {
        self.queue.retain(|(waiting, of, _)| *waiting != at || job.is_some_and(|job| job != *of));
        self.lock.take_if(|(holder, of)| *holder == at && job.is_none_or(|job| job == *of));
        self.grant();
    }

    fn grant(&mut self) {
        if self.lock.is_some() {
            return;
        }
        if let Some((at, job, driver)) = self.queue.pop_front() {
            self.lock = Some((at, job));
            let outdated = self.outdated.clone();
            self.contexts[at].outdated.extend(outdated);
            self.after(1, at, &driver, Happening::Deliver(Input::Locked { job, outcome: Ok(()) }));
        }
    }

    pub(super) fn announce(&mut self, from: usize, hint: Hint) {
        for at in (0..self.contexts.len()).filter(|at| *at != from) {
            let Some(driver) = self.contexts[at].driver.clone().filter(|_| !self.goes_wrong()) else { continue };
            let delay = self.below(50) as i64;
            self.after(delay, at, &driver, Happening::Deliver(Input::Hint(hint)));
        }
    }

    pub(super) fn emit(&mut self, at: usize, event: &Event) {
        let Event::SignedOut { reason } = event else { return };
        self.ended_by_user |= self.contexts[at].told_to_end;
        let caused = match reason {
            SignOutReason::SignedOutHere => self.contexts[at].told_to_end,
            SignOutReason::Rejected | SignOutReason::Interrupted => self.refused,
            _ => self.refused || self.ended_by_user,
        };
        assert!(caused, "a session ends without a cause: {reason:?}");
    }

    pub(super) fn publish(&mut self, at: usize, current: Option<Current>) {
        if let Some(current) = &current {
            let durable = self.durable.contains(&u8::from(Pair::access(&current.token.access)));
            assert!(durable || self.contexts[at].store_failed, "a pair is used before it is durable");
            if let Some(before) = &self.contexts[at].published {
                let (before, now) = (before.token.stamp, current.token.stamp);
                let forward = before.session != now.session || before.generation <= now.generation;
                assert!(forward, "memory goes back to an older pair");
            }
        }
        self.contexts[at].published = current;
    }

    /// Session ids come from here: no two are the same.
    pub(super) fn entropy(&mut self) -> u64 {
        self.serial += 1;
        self.serial << 32 | (ENTROPY ^ self.below(1 << 32))
    }
}
