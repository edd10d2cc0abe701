//! The session as both faces see it: asks the machine, waits for its answer.

use alloc::{boxed::Box, sync::Arc};
use core::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use futures_channel::oneshot;

use super::{Parked, Platform};
use crate::{
    core::{
        Error, Policy, Revocation,
        backend::{Backend, Credentials, Grant},
        machine::{Input, Machine, Need, Output, Reply, State, Token, WaiterId},
    },
    send::{BoxCallback, Exclusive},
};

/// One signed-in identity, kept alive. Clones share the session.
///
/// Dropping a future of any method gives up the wait, never the work: a refresh, a sign-in or a sign-out that has
/// begun is carried to its end (R6).
pub struct Session<P = crate::Host> {
    driver: Arc<Driver<P>>,
}

/// The machine on its platform.
pub struct Driver<P> {
    pub(crate) platform: P,
    machine: Exclusive<Machine>,
    callers: Parked<WaiterId, Answer>,
    waiters: AtomicU64,
    /// An effect was lost: nobody is answered any more.
    abandoned: AtomicBool,
}

/// How a caller takes its answer.
pub(crate) type Answer = BoxCallback<Result<Reply, Error>>;

impl<P: Platform> Session<P> {
    /// Starts a session on a platform; wait for [`loaded`](Self::loaded) before looking at its state.
    pub(crate) fn start(platform: P, backend: Box<dyn Backend>, refresh_ahead: i64, while_hidden: bool) -> Self {
        let mut policy = Policy::new(refresh_ahead, platform.random());
        policy.while_hidden = while_hidden;
        let driver = Driver {
            platform,
            machine: Exclusive::new(Machine::new(backend, policy)),
            callers: Parked::default(),
            waiters: AtomicU64::new(0),
            abandoned: AtomicBool::new(false),
        };
        let session = Self { driver: Arc::new(driver) };
        session.driver.handle(Input::Start);
        session
    }

    /// Waits until the store has been read; a stored session is in use then.
    pub(crate) async fn loaded(&self) {
        // Signed out is an answer too: it is known now.
        let _ = self.token(Need::Any).await;
    }

    /// Signs in with credentials and begins a new session.
    ///
    /// # Errors
    /// [`Error::CredentialsRefused`] when they are wrong, [`Error::SignInUnsupported`] for a backend without a
    /// sign-in, [`Error::Superseded`] when another sign-in came first, [`Error::Unavailable`] and
    /// [`Error::Misconfigured`] for an endpoint in trouble.
    pub async fn sign_in(&self, credentials: &Credentials) -> Result<(), Error> {
        let credentials = credentials.clone();
        self.ask(|waiter| Input::SignIn { waiter, credentials }).await.map(|_| ())
    }

    /// Begins a new session with tokens from elsewhere; see [`Grant::pair`].
    ///
    /// # Errors
    /// [`Error::WrongTokenKind`] when a token says that it is of the other kind (T4), [`Error::Superseded`] when a
    /// sign-in came first.
    pub async fn adopt(&self, tokens: Grant) -> Result<(), Error> {
        self.ask(|waiter| Input::Adopt { waiter, tokens }).await.map(|_| ())
    }

    /// Signs out: here and in the store at once, then at the server, best effort. The server's part is reported.
    ///
    /// # Errors
    /// [`Error::Store`] when the stored record could not be removed.
    pub async fn sign_out(&self) -> Result<Revocation, Error> {
        match self.ask(|waiter| Input::SignOut { waiter }).await? {
            Reply::SignedOut(revocation) => Ok(revocation),
            _ => Ok(Revocation::NotSupported),
        }
    }

    /// Fetches a new token pair now, unless somebody did so within the last second.
    ///
    /// # Errors
    /// As [`Error`] says; the session lives on unless the error is [`Error::Ended`].
    pub async fn refresh(&self) -> Result<(), Error> {
        self.token(Need::Refresh).await.map(|_| ())
    }

    /// A token that serves `need`, refreshed first where it must be.
    pub(crate) async fn token(&self, need: Need) -> Result<Arc<Token>, Error> {
        match self.ask(|waiter| Input::Want { waiter, need }).await? {
            Reply::Token(token) => Ok(token),
            _ => Err(Error::SignedOut),
        }
    }

    /// Starts a refresh beside the caller where one is due.
    pub(crate) fn freshen(&self) {
        let waiter = self.next_waiter();
        self.handle(Input::Want { waiter, need: Need::Live });
    }

    /// Hands in what happened, or what a caller wants whom the platform answers.
    pub(crate) fn handle(&self, input: Input) {
        self.driver.handle(input);
    }

    /// The session's state; `None` while signed out.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        self.driver.machine.lock().state()
    }

    /// The ID token that came with the tokens or with earlier ones (OpenID Connect), for logouts that ask for one and for
    /// claims about the user. It may have expired, and nothing of it has been verified.
    #[must_use]
    pub fn id_token(&self) -> Option<crate::Secret> {
        self.driver.machine.lock().id_token().cloned()
    }

    /// Says that the context has come to the user's eyes or left them, or that the network is back: a hidden
    /// context does not refresh on its own (R1).
    pub fn look(&self, visible: bool) {
        self.driver.handle(Input::Look { visible });
    }

    /// Ends the timers and answers everybody who waits; the stored session stays.
    pub fn close(&self) {
        self.driver.handle(Input::Close);
        self.driver.platform.close();
    }

    /// The platform that the session stands on.
    #[must_use]
    pub(crate) fn platform(&self) -> &P {
        &self.driver.platform
    }

    async fn ask(&self, input: impl FnOnce(WaiterId) -> Input) -> Result<Reply, Error> {
        let waiter = self.next_waiter();
        let (answer, answered) = oneshot::channel();
        let _forget = Forget { driver: &self.driver, waiter };
        // A caller that is being dropped right now needs no answer.
        self.submit(waiter, input(waiter), Box::new(move |reply| drop(answer.send(reply))));
        if self.driver.abandoned.load(Ordering::Relaxed) {
            return Err(Error::Closed);
        }
        answered.await.unwrap_or(Err(Error::Closed))
    }

    /// A name for a caller of [`submit`](Self::submit).
    pub(crate) fn next_waiter(&self) -> WaiterId {
        WaiterId(self.driver.waiters.fetch_add(1, Ordering::Relaxed))
    }

    /// Hands in what `waiter` asks for; `answer` is called once, and must not call the session back.
    pub(crate) fn submit(&self, waiter: WaiterId, input: Input, answer: Answer) {
        self.driver.callers.put(waiter, answer);
        self.driver.handle(input);
    }
}

/// Takes a caller that has gone away off the machine's list.
struct Forget<'a, P: Platform> {
    driver: &'a Arc<Driver<P>>,
    waiter: WaiterId,
}

impl<P: Platform> Drop for Forget<'_, P> {
    fn drop(&mut self) {
        let waiter = self.waiter;
        if self.driver.callers.take(&waiter).is_some() {
            self.driver.handle(Input::Forget { waiter });
        }
    }
}

impl<P: Platform> Driver<P> {
    /// Hands an input to the machine and sees to everything that follows from it.
    pub fn handle(self: &Arc<Self>, input: Input) {
        let mut machine = self.machine.lock();
        machine.handle(self.platform.now(), self.platform.random(), input);
        self.platform.publish(machine.current());
        // Effects begin in the machine's order, before the next input; none of them calls back from here.
        for output in machine.take_outputs() {
            self.perform(output);
        }
        self.platform.wake(machine.wake_in(), self);
    }

    /// The timer has gone off.
    pub fn tick(self: &Arc<Self>) {
        self.handle(Input::Tick);
    }

    /// Whether a caller waits for an answer.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        !self.callers.is_empty()
    }

    /// Ends every wait: a platform that has lost an effect calls it, because the machine waits for that one for ever.
    /// Unlike [`handle`](Self::handle) it may be called while an effect begins.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
        self.callers.clear();
    }

    /// Answers a caller unless it has gone away.
    pub(super) fn answer(&self, waiter: WaiterId, reply: Result<Reply, Error>) {
        if let Some(answer) = self.callers.take(&waiter) {
            answer(reply);
        }
    }

    fn perform(self: &Arc<Self>, output: Output) {
        let platform = &self.platform;
        match output {
            Output::Lock(job) => platform.lock(job, self),
            Output::Unlock(job) => platform.unlock(job),
            Output::Load(job) => platform.load(job, self),
            Output::Save(job, write) => platform.save(job, write, self),
            Output::Send(job, request) => platform.send(job, request, self),
            Output::Announce(hint) => platform.announce(hint),
            Output::Emit(event) => platform.emit(event),
            Output::Answer(waiter, reply) => platform.answer(waiter, reply, self),
        }
    }
}

impl<P: Platform> fmt::Debug for Driver<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Driver")
    }
}

impl<P: Platform> Clone for Session<P> {
    fn clone(&self) -> Self {
        Self { driver: Arc::clone(&self.driver) }
    }
}

impl<P: Platform> fmt::Debug for Session<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("state", &self.state()).finish_non_exhaustive()
    }
}
