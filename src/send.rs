//! The one place where native and browser builds differ about `Send`.
//!
//! Native futures may move between threads, so everything a session holds must be `Send + Sync`. In a browser
//! every value belongs to one thread and JavaScript handles are never `Send`; there the two traits ask nothing.

use std::{future::Future, pin::Pin};

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod bounds {
    /// `Send` natively, no requirement in a browser.
    pub trait MaybeSend: Send {}
    impl<T: Send + ?Sized> MaybeSend for T {}
    /// `Sync` natively, no requirement in a browser.
    pub trait MaybeSync: Sync {}
    impl<T: Sync + ?Sized> MaybeSync for T {}

    pub(super) type Boxed<'a, T> = dyn Future<Output = T> + Send + 'a;
    pub(super) type Callback<T> = dyn FnOnce(T) + Send;
    use std::future::Future;
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod bounds {
    /// `Send` natively, no requirement in a browser.
    pub trait MaybeSend {}
    impl<T: ?Sized> MaybeSend for T {}
    /// `Sync` natively, no requirement in a browser.
    pub trait MaybeSync {}
    impl<T: ?Sized> MaybeSync for T {}

    pub(super) type Boxed<'a, T> = dyn Future<Output = T> + 'a;
    pub(super) type Callback<T> = dyn FnOnce(T);
    use std::future::Future;
}

pub use bounds::{MaybeSend, MaybeSync};

/// A boxed future, `Send` where the platform has threads.
pub type BoxFuture<'a, T> = Pin<Box<bounds::Boxed<'a, T>>>;

/// A boxed function that is called once, `Send` where the platform has threads.
pub(crate) type BoxCallback<T> = Box<bounds::Callback<T>>;

/// Boxes `future` for a dyn-compatible trait method.
pub(crate) fn boxed<'a, T>(future: impl Future<Output = T> + MaybeSend + 'a) -> BoxFuture<'a, T> {
    Box::pin(future)
}
