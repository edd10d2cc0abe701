//! Without the feature `tracing`.

use crate::core::{
    Event, Now,
    machine::{Current, Job, Token},
};

#[derive(Debug, Default)]
pub(in crate::native) struct Traces(());

impl Traces {
    pub(in crate::native) fn published(&self, _: Option<&Current>) {}

    pub(in crate::native) fn began(&self, _: Job, _: Option<&Current>, _: Now) {}

    pub(in crate::native) fn within<F: Future>(&self, _: Job, request: F) -> F {
        request
    }

    pub(in crate::native) fn ended(&self, _: Job) {}

    pub(in crate::native) fn happened(&self, _: &Event, _: Option<&Current>) {}
}

pub(in crate::native) fn sent_again(_: u16, _: &Token) {}
