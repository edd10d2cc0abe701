//! The real machine as a part of a state: it can be copied, and two of them can be told apart.
//!
//! Both name every field, so that one more does not go unnoticed.

use std::hash::{Hash, Hasher};

use super::server::Codec;
use crate::core::machine::Machine;

impl Clone for Machine {
    fn clone(&self) -> Self {
        assert!(self.outputs.is_empty(), "a machine is copied while it is at rest");
        Self {
            backend: Box::new(Codec),
            policy: self.policy,
            server: self.server.clone(),
            live: self.live.clone(),
            ended: self.ended.clone(),
            stored: self.stored,
            loaded: self.loaded,
            visible: self.visible,
            closed: self.closed,
            refresh: self.refresh.clone(),
            overdue: self.overdue.clone(),
            offer: self.offer.clone(),
            sign_in: self.sign_in.clone(),
            abandoned: self.abandoned.clone(),
            sign_out: self.sign_out.clone(),
            look: self.look.clone(),
            queued: self.queued.clone(),
            waiters: self.waiters.clone(),
            trouble: self.trouble,
            store_trouble: self.store_trouble,
            last_attempt: self.last_attempt,
            reactive: self.reactive,
            renewed: self.renewed,
            now: self.now,
            entropy: self.entropy,
            lived: self.lived,
            outputs: Vec::new(),
            jobs: self.jobs,
        }
    }
}

impl Hash for Machine {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            backend: _,
            policy: _,
            server: _,
            live,
            ended,
            stored,
            loaded,
            visible,
            closed,
            refresh,
            overdue,
            offer,
            sign_in,
            abandoned,
            sign_out,
            look,
            queued,
            waiters,
            trouble,
            store_trouble,
            last_attempt,
            reactive,
            renewed,
            now,
            // Whatever needs random bits takes those of the input that is being handled.
            entropy: _,
            lived,
            outputs: _,
            jobs,
        } = self;
        (live, ended, stored, loaded, visible, closed).hash(state);
        (refresh, overdue, offer, sign_in, abandoned, sign_out, look, waiters).hash(state);
        (trouble, store_trouble, last_attempt, reactive, renewed, now, lived, jobs).hash(state);
        // Commands of the model differ in what their `Debug` shows.
        for command in queued {
            format!("{command:?}").hash(state);
        }
    }
}
