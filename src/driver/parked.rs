//! Values that wait for something with a name to happen.

use alloc::vec::Vec;

use crate::send::Exclusive;

/// Values under names, put and taken in any order.
#[derive(Debug)]
pub(crate) struct Parked<K, T>(Exclusive<Vec<(K, T)>>);

impl<K, T> Default for Parked<K, T> {
    fn default() -> Self {
        Self(Exclusive::new(Vec::new()))
    }
}

impl<K: PartialEq, T> Parked<K, T> {
    pub(crate) fn put(&self, name: K, value: T) {
        self.0.lock().push((name, value));
    }

    pub(crate) fn take(&self, name: &K) -> Option<T> {
        let mut parked = self.0.lock();
        let last = parked.len().checked_sub(1)?;
        let at = parked.iter().position(|(of, _)| of == name)?;
        // `swap_remove` in words that cannot panic.
        parked.swap(at, last);
        parked.pop().map(|(_, value)| value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// Lets go of everything.
    pub(crate) fn clear(&self) {
        // Dropped once the lock is released: what is dropped may come back here.
        let parked = core::mem::take(&mut *self.0.lock());
        drop(parked);
    }
}
