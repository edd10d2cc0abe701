//! The one place where native and browser builds differ about `Send`.
//!
//! Native futures may move between threads, so everything a session holds must be `Send + Sync`. In a browser
//! every value belongs to one thread and JavaScript handles are never `Send`; there the two traits ask nothing.

use alloc::boxed::Box;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod platform {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// `Send` natively, no requirement in a browser.
    pub trait MaybeSend: Send {}
    impl<T: Send + ?Sized> MaybeSend for T {}
    /// `Sync` natively, no requirement in a browser.
    pub trait MaybeSync: Sync {}
    impl<T: Sync + ?Sized> MaybeSync for T {}

    pub(super) type Callback<T> = dyn FnOnce(T) + Send;

    /// A value that one user has at a time.
    #[derive(Debug, Default)]
    pub(crate) struct Exclusive<T>(Mutex<T>);

    impl<T> Exclusive<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        /// Waits for the value. A panic elsewhere does not make the session unusable.
        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod platform {
    use core::cell::{RefCell, RefMut};

    /// `Send` natively, no requirement in a browser.
    pub trait MaybeSend {}
    impl<T: ?Sized> MaybeSend for T {}
    /// `Sync` natively, no requirement in a browser.
    pub trait MaybeSync {}
    impl<T: ?Sized> MaybeSync for T {}

    pub(super) type Callback<T> = dyn FnOnce(T);

    /// A value that one user has at a time.
    #[derive(Debug, Default)]
    pub(crate) struct Exclusive<T>(RefCell<T>);

    impl<T> Exclusive<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(RefCell::new(value))
        }

        /// The value. There is nobody to wait for on one thread: finding it in use is a bug, or the end of an
        /// instance that has trapped. (The panic of `borrow_mut` would bring formatting along.)
        #[inline(never)]
        pub(crate) fn lock(&self) -> RefMut<'_, T> {
            match self.0.try_borrow_mut() {
                Ok(value) => value,
                Err(_) => core::arch::wasm32::unreachable(),
            }
        }
    }
}

pub(crate) use platform::Exclusive;
pub(crate) use platform::{MaybeSend, MaybeSync};

/// A boxed function that is called once, `Send` where the platform has threads.
pub(crate) type BoxCallback<T> = Box<platform::Callback<T>>;
