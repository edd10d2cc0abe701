//! The one place where native and browser builds differ about `Send`.
//!
//! Native futures may move between threads, so everything a session holds must be `Send + Sync`. In a browser
//! every value belongs to one thread and JavaScript handles are never `Send`; there the two traits ask nothing.

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod bounds {
    /// `Send` natively, no requirement in a browser.
    pub trait MaybeSend: Send {}
    impl<T: Send + ?Sized> MaybeSend for T {}
    /// `Sync` natively, no requirement in a browser.
    pub trait MaybeSync: Sync {}
    impl<T: Sync + ?Sized> MaybeSync for T {}

    pub(super) type Callback<T> = dyn FnOnce(T) + Send;
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod bounds {
    /// `Send` natively, no requirement in a browser.
    pub trait MaybeSend {}
    impl<T: ?Sized> MaybeSend for T {}
    /// `Sync` natively, no requirement in a browser.
    pub trait MaybeSync {}
    impl<T: ?Sized> MaybeSync for T {}

    pub(super) type Callback<T> = dyn FnOnce(T);
}

pub use bounds::{MaybeSend, MaybeSync};

/// A boxed function that is called once, `Send` where the platform has threads.
pub(crate) type BoxCallback<T> = Box<bounds::Callback<T>>;
