//! What the driver needs of the world.

use alloc::sync::Arc;

use super::Driver;
use crate::{
    core::{
        Error, Event, Hint, Now, Write,
        http::HttpRequest,
        machine::{Current, Job, Reply, WaiterId},
    },
    send::{MaybeSend, MaybeSync},
};

/// Clocks, tasks, transport, store and channels of a platform.
///
/// The methods begin things and return; no method may call back into the driver before it has returned. What is
/// begun belongs to the session, not to the caller that caused it (R6), and its result comes back by
/// [`Driver::handle`]. Time limits count time really lived through, in steps: a page that was frozen or a machine
/// that slept finds the answer that arrived meanwhile.
pub trait Platform: MaybeSend + MaybeSync + Sized + 'static {
    /// Reads both clocks.
    fn now(&self) -> Now;

    /// Random bits, fit for naming a session.
    fn random(&self) -> u64;

    /// Takes the store's exclusive lock, within [`LOCK_WAIT`](crate::core::machine::LOCK_WAIT). Comes back as
    /// [`Input::Locked`](crate::core::machine::Input::Locked).
    fn lock(&self, job: Job, driver: &Arc<Driver<Self>>);

    /// Gives back the lock that this job holds.
    fn unlock(&self, job: Job);

    /// Reads the stored text, within [`STORE_LIMIT`](crate::core::machine::STORE_LIMIT). Comes back as
    /// [`Input::Loaded`](crate::core::machine::Input::Loaded).
    fn load(&self, job: Job, driver: &Arc<Driver<Self>>);

    /// Carries out a write in one step that no other writer can come between; [`Write::onto`] decides what happens.
    /// Within [`STORE_LIMIT`](crate::core::machine::STORE_LIMIT). Comes back as [`Input::Saved`](crate::core::machine::Input::Saved).
    fn save(&self, job: Job, write: Write, driver: &Arc<Driver<Self>>);

    /// Sends a request. No redirect is followed, and an answer larger than
    /// [`MAX_ANSWER`](crate::core::http::MAX_ANSWER) is an error. Comes back as
    /// [`Input::Answered`](crate::core::machine::Input::Answered): after
    /// [`REQUEST_LIMIT`](crate::core::http::REQUEST_LIMIT) as timed out, and then once more when the request, which is
    /// not cancelled, has ended.
    fn send(&self, job: Job, request: HttpRequest, driver: &Arc<Driver<Self>>);

    /// Sets the one timer: [`Driver::tick`] is called once this many milliseconds have passed or a little later;
    /// `None` takes the timer back. The timer does not keep the session alive.
    fn wake(&self, delay: Option<i64>, driver: &Arc<Driver<Self>>);

    /// Tells the other contexts.
    fn announce(&self, hint: Hint);

    /// Tells the observers.
    fn emit(&self, event: Event);

    /// Answers a caller: one whom a future of the session waits for, unless the platform itself has named it.
    fn answer(&self, waiter: WaiterId, reply: Result<Reply, Error>, driver: &Driver<Self>) {
        driver.answer(waiter, reply);
    }

    /// Lets go of timers and listeners: the session was closed. What is under way is carried to its end.
    fn close(&self) {}

    /// Keeps the token in use where requests find it without asking the machine.
    fn publish(&self, current: Option<Current>);
}
