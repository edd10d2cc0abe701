//! A session in the page's memory: gone with a reload, invisible to other tabs.

use std::cell::RefCell;

use crate::{
    core::{Saved, Secret, StoreError, Write, record::Applied},
    driver::{LockGuard, Store},
    send::{BoxFuture, boxed},
};

/// Keeps the record in the memory of this page.
#[derive(Debug, Default)]
pub struct PageStore(RefCell<Option<Secret>>);

impl Store for PageStore {
    /// A page's one session refreshes once at a time by itself.
    fn lock(&self) -> BoxFuture<'_, Result<LockGuard, StoreError>> {
        boxed(async { Ok(Box::new(()) as LockGuard) })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<Secret>, StoreError>> {
        boxed(async { Ok(self.0.borrow().clone()) })
    }

    fn save<'a>(&'a self, write: &'a Write) -> BoxFuture<'a, Result<Saved, StoreError>> {
        boxed(async {
            let mut text = self.0.borrow_mut();
            *text = match write.onto(text.as_ref().map(Secret::expose)) {
                Applied::Put { text, .. } => Some(text.clone()),
                Applied::Remove => None,
                Applied::Lost => return Ok(Saved::Lost),
            };
            Ok(Saved::Written)
        })
    }
}
