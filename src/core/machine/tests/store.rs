//! The store and the lock that all contexts share.

use std::collections::VecDeque;

use super::rig::Tab;
use crate::core::{
    error::{StoreError, StoreProblem},
    machine::{Job, LockFailure},
    record::{Applied, Record, Saved, SessionId, Stamp, Write},
    secret::Secret,
};

pub(super) struct Store {
    pub(super) text: Option<String>,
    /// What was set aside.
    pub(super) aside: Vec<String>,
    /// Every read fails like this, as long as it is set.
    pub(super) load_fault: Option<StoreProblem>,
    /// Every write fails like this, as long as it is set.
    pub(super) save_fault: Option<StoreProblem>,
    /// Says that a write is durable and keeps nothing.
    pub(super) forgets: bool,
    /// It has lost or refused something: contexts cannot know what others did, and live in memory.
    pub(super) unreliable: bool,
    /// Every stamp that it has ever held.
    held: Vec<Stamp>,
    /// Milliseconds an operation takes; it happens in the middle of them.
    pub(super) latency: i64,
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            text: None,
            aside: Vec::new(),
            load_fault: None,
            save_fault: None,
            forgets: false,
            unreliable: false,
            held: Vec::new(),
            latency: 2,
        }
    }

    pub(super) fn load(&mut self) -> Result<Option<Secret>, StoreError> {
        self.notice();
        self.unreliable |= self.load_fault.is_some();
        match self.load_fault {
            Some(problem) => Err(StoreError::new(problem)),
            None => Ok(self.text.as_deref().map(Secret::from)),
        }
    }

    pub(super) fn save(&mut self, write: &Write) -> Result<Saved, StoreError> {
        self.unreliable |= self.forgets || self.save_fault.is_some();
        if let Some(problem) = self.save_fault {
            return Err(StoreError::new(problem));
        }
        let next = match write.onto(self.text.as_deref()) {
            Applied::Lost => {
                self.unreliable |= self.text.as_deref().is_some_and(|text| Record::decode(text).is_err());
                return Ok(Saved::Lost);
            }
            Applied::Remove => None,
            Applied::Put { text, set_aside } => {
                self.aside.extend(self.text.clone().filter(|_| set_aside));
                Some(text.expose().to_owned())
            }
        };
        if !self.forgets {
            self.text = next;
        }
        self.notice();
        Ok(Saved::Written)
    }

    fn notice(&mut self) {
        let record = self.text.as_deref().and_then(|text| Record::decode(text).ok());
        self.held.extend(record.map(|record| record.stamp));
    }

    /// Whether this session is nobody's but one context's own.
    pub(super) fn never_held(&self, session: SessionId) -> bool {
        self.held.iter().all(|stamp| stamp.session != session)
    }

    /// Whether a token with this stamp is durable, or lives in memory for a reason.
    pub(super) fn vouches_for(&self, stamp: Stamp) -> bool {
        self.unreliable || self.held.contains(&stamp)
    }

    pub(super) fn record(&self) -> Option<Record> {
        self.text.as_deref().map(|text| Record::decode(text).expect("a record"))
    }

    pub(super) fn put(&mut self, record: &Record) {
        self.text = Some(record.encode().expose().into());
    }

    /// Changes the stored record as a context of the past would have left it.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Record)) {
        let mut record = self.record().expect("a session in the store");
        change(&mut record);
        self.put(&record);
    }
}

/// One exclusive lock with a queue.
#[derive(Default)]
pub(super) struct Lock {
    holder: Option<(Tab, Job)>,
    queue: VecDeque<(Tab, Job)>,
    /// The next request fails like this.
    pub(super) fault: Option<LockFailure>,
}

impl Lock {
    /// Puts a request into the queue; says whether it holds the lock now.
    pub(super) fn request(&mut self, tab: Tab, job: Job) -> bool {
        self.queue.push_back((tab, job));
        self.grant() == Some((tab, job))
    }

    /// Gives the lock to the next in the queue.
    pub(super) fn grant(&mut self) -> Option<(Tab, Job)> {
        if self.holder.is_none() {
            self.holder = self.queue.pop_front();
            return self.holder;
        }
        None
    }

    pub(super) fn is_held_by(&self, tab: Tab, job: Job) -> bool {
        self.holder == Some((tab, job))
    }

    pub(super) fn release(&mut self, tab: Tab, job: Job) {
        self.holder.take_if(|holder| *holder == (tab, job));
    }

    /// Ends the wait of a request; says whether it was still waiting.
    pub(super) fn give_up(&mut self, tab: Tab, job: Job) -> bool {
        let waiting = self.queue.contains(&(tab, job));
        self.queue.retain(|request| *request != (tab, job));
        waiting
    }

    /// A context is gone with everything it held.
    pub(super) fn forget(&mut self, tab: Tab) {
        self.holder.take_if(|holder| holder.0 == tab);
        self.queue.retain(|request| request.0 != tab);
    }
}
