//! The real machine as a part of a state: it can be copied, and two of them can be told apart.
//!
//! Both name every field, so that one more does not go unnoticed.

use std::hash::{Hash, Hasher};

use super::server::Codec;
use crate::core::machine::Machine;

impl Clone for Machine {
    fn clone(&self) -> Self {
        let Self {
            backend: _,
            policy,
            server,
            live,
            ended,
            stored,
            loaded,
            visible,
            closed,
            refresh,
            overdue,
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
            lived,
            outputs,
            jobs,
        } = self;
        assert!(outputs.is_empty(), "a machine is copied while it is at rest");
        Self {
            backend: Box::new(Codec),
            policy: *policy,
            server: server.clone(),
            live: live.clone(),
            ended: ended.clone(),
            stored: *stored,
            loaded: *loaded,
            visible: *visible,
            closed: *closed,
            refresh: refresh.clone(),
            overdue: overdue.clone(),
            sign_in: sign_in.clone(),
            abandoned: abandoned.clone(),
            sign_out: sign_out.clone(),
            look: look.clone(),
            queued: queued.clone(),
            waiters: waiters.clone(),
            trouble: *trouble,
            store_trouble: *store_trouble,
            last_attempt: *last_attempt,
            reactive: *reactive,
            renewed: *renewed,
            lived: lived.clone(),
            outputs: Vec::new(),
            jobs: *jobs,
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
            lived,
            outputs: _,
            jobs,
        } = self;
        (live, ended, stored, loaded, visible, closed).hash(state);
        (refresh, overdue, sign_in, abandoned, sign_out, look, waiters).hash(state);
        (trouble, store_trouble, last_attempt, reactive, renewed, lived, jobs).hash(state);
        // Commands of the model differ in what their `Debug` shows.
        for command in queued {
            format!("{command:?}").hash(state);
        }
    }
}
