//! What `pkg/src/core.js` does for the session.

use crate::core::Error;

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Hands over a text by its place in memory; null for none.
    safe fn text(start: *const u8, size: usize);
    /// Makes an error of two texts, code and message, and hands it over. Not a number where no try is planned.
    safe fn problem(retry_after: f64);
    /// Makes a bearer of one text, the token, and hands it over. A skew that is not known is not a number.
    pub(super) safe fn bearer(session: u64, generation: f64, skew: f64);

    /// Reads the JSON of one text and keeps what it is; 0 unless it is an object.
    pub(super) safe fn json() -> u32;
    /// Hands in the string at the path that has been said, or with `plain` anything as text, if something is there.
    pub(super) safe fn string(object: u32, plain: bool);
    /// The number at the path that has been said; not a number where there is none.
    pub(super) safe fn number(object: u32) -> f64;
    /// Hands in what one text is in base64url, if it is that and UTF-8.
    pub(super) safe fn base64url();

    pub(super) safe fn wall() -> f64;
    pub(super) safe fn monotonic() -> f64;
    pub(super) safe fn random() -> f64;

    // What `js/host.js` begins.
    pub(super) safe fn lock(job: u32, limit: u32);
    pub(super) safe fn unlock(job: u32);
    pub(super) safe fn load(job: u32, limit: u32);
    pub(super) safe fn read(job: u32, limit: u32);
    /// Texts: what is there, where anything is, and what takes its place, if anything does.
    pub(super) safe fn swap(job: u32, limit: u32, set_aside: bool);
    /// Texts: method, URL, body if there is one, then names and values of headers.
    pub(super) safe fn send(job: u32, limit: u32);
    /// A negative delay takes the timer back.
    pub(super) safe fn wake(delay: f64);
    pub(super) safe fn announce();

    /// Hands over the session's state. Text: the claims as JSON. What is not known is not a number.
    pub(super) safe fn state(session: u64, generation: f64, received: f64, stale: f64, expires: f64);
    /// The token in use has changed; its bearer has been handed over, where there is one.
    pub(super) safe fn publish();
    pub(super) safe fn emit(kind: u32, number: f64);
    pub(super) safe fn answer(waiter: u32, outcome: u32);
}

pub(super) fn say(said: &str) {
    text(said.as_ptr(), said.len());
}

pub(super) fn say_optional(said: Option<&str>) {
    match said {
        Some(said) => say(said),
        None => text(core::ptr::null(), 0),
    }
}

pub(super) fn say_error(error: &Error) {
    say(error.code());
    say(&error.message());
    problem(optional(error.delay().map(|delay| delay.0)));
}

pub(super) fn optional(number: Option<i64>) -> f64 {
    number.map_or(f64::NAN, |number| number as f64)
}
