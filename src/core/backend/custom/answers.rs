//! What the answers of an endpoint mean (R7).

use alloc::{boxed::Box, string::String};

use super::parts::Parts;
use crate::core::{
    backend::{Fate, Grant, Outcome, by_status},
    error::Problem,
    http::HttpAnswer,
    json::Object,
    secret::Secret,
    text::push_number,
};

/// Where the tokens stand in an answer, and what its refusals mean. Paths are names, and indexes of arrays, with dots
/// between them, such as `data.token`.
///
/// Rules are tried in their order, before anything else. What none of them fits means what its status means everywhere: a 2xx
/// with a JSON object grants; 408, 409, 425, 429 and 5xx pass; redirects, 404, 405, 410 and 415 are a mistake in the
/// configuration; everything else is somebody else's page.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    pub(super) access: Box<str>,
    pub(super) refresh: Box<str>,
    pub(super) expires_in: Box<str>,
    pub(super) id_token: Box<str>,
    /// A [`Test`](test), where the body says whether it is a success.
    pub(super) success: Box<str>,
    /// A line for each: the letter of its meaning, a capital where any body will do, with the statuses, then a test.
    pub(super) rules: String,
}

/// Which answers a rule is for.
#[derive(Clone, Debug)]
pub struct When {
    any_body: bool,
    statuses: String,
    test: String,
}

/// The meanings by their letters.
const REJECTED: u8 = b'r';
const TRANSIENT: u8 = b't';
const INVALID_CLIENT: u8 = b'c';
const INVALID_REQUEST: u8 = b'i';

impl When {
    /// An answer of this status with a JSON object: a proxy's or firewall's page is no answer of the endpoint.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::statuses(&[status])
    }

    /// The same for several statuses.
    #[must_use]
    pub fn statuses(statuses: &[u16]) -> Self {
        let mut digits = String::new();
        for status in statuses {
            push_number(&mut digits, u64::from(*status).clamp(100, 999));
        }
        Self { any_body: false, statuses: digits, test: String::new() }
    }

    /// Whatever its body is: for endpoints that refuse without one. A captive portal's page fits, too.
    #[must_use]
    pub fn any_body(mut self) -> Self {
        self.any_body = true;
        self
    }

    /// Only if there is something at this path.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.test = line(path);
        self
    }

    /// Only if what is [at](Self::at) the path is one of these: texts, or numbers and words as they are written.
    #[must_use]
    pub fn is(mut self, values: &[&str]) -> Self {
        for value in values {
            self.test.push('\t');
            self.test.push_str(&line(value));
        }
        self
    }
}

impl Answers {
    /// Answers with the access token at this path.
    #[must_use]
    pub fn new(access: &str) -> Self {
        Self { access: access.into(), ..Self::default() }
    }

    /// The refresh token's path. In an answer without one the old token stays (R4).
    #[must_use]
    pub fn refresh(mut self, path: &str) -> Self {
        self.refresh = path.into();
        self
    }

    /// The path of the access token's lifetime in seconds, for tokens that do not say it themselves.
    #[must_use]
    pub fn expires_in(mut self, path: &str) -> Self {
        self.expires_in = path.into();
        self
    }

    /// The path of an ID token, which is kept with the session.
    #[must_use]
    pub fn id_token(mut self, path: &str) -> Self {
        self.id_token = path.into();
        self
    }

    /// For servers that say in a 2xx answer's body whether it is one: only if this path holds one of these values.
    #[must_use]
    pub fn success(mut self, path: &str, values: &[&str]) -> Self {
        self.success = When::statuses(&[]).at(path).is(values).test.into();
        self
    }

    /// Such an answer refuses: the refresh token is dead, or the credentials are wrong.
    #[must_use]
    pub fn rejected(self, when: When) -> Self {
        self.rule(REJECTED, &when)
    }

    /// Such an answer passes: try again later.
    #[must_use]
    pub fn transient(self, when: When) -> Self {
        self.rule(TRANSIENT, &when)
    }

    /// Such an answer refuses the client, not the user.
    #[must_use]
    pub fn invalid_client(self, when: When) -> Self {
        self.rule(INVALID_CLIENT, &when)
    }

    /// Such an answer shows a mistake in the request, which no new try mends.
    #[must_use]
    pub fn invalid_request(self, when: When) -> Self {
        self.rule(INVALID_REQUEST, &when)
    }

    /// Unless a rule says otherwise, what a server answers to wrong credentials.
    pub(super) fn refusing_credentials(self) -> Self {
        let says_so = !self.success.is_empty();
        let plain = self.rejected(When::statuses(&[400, 401, 403, 422]));
        if says_so { plain.rejected(When::status(200)) } else { plain }
    }

    fn rule(mut self, meaning: u8, when: &When) -> Self {
        if !self.rules.is_empty() {
            self.rules.push('\n');
        }
        let letter = if when.any_body { meaning.to_ascii_uppercase() } else { meaning };
        self.rules.push(char::from(letter));
        self.rules.push_str(&when.statuses);
        self.rules.push('\t');
        self.rules.push_str(&when.test);
        self
    }

    pub(super) fn read(&self, answer: &HttpAnswer) -> Outcome {
        let body = Object::parse(answer.body.expose());
        let status = answer.status;
        let is_2xx = (200..300).contains(&status);
        let success = body.as_ref().filter(|body| is_2xx && holds(Parts::of(&self.success, b'\t'), body));
        let transient = |problem, fate| Outcome::Transient { problem, fate, retry_after: answer.retry_after };
        // A success that is described is one, whatever the rules say of its status.
        if let Some(body) = success.filter(|_| !self.success.is_empty()) {
            return Outcome::Granted(self.grant(body));
        }
        match Parts::of(&self.rules, b'\n').find_map(|rule| meaning(rule, status, body.as_ref())) {
            Some(REJECTED) => return Outcome::Rejected { status },
            Some(TRANSIENT) => return transient(Problem::Status(status), Fate::Unspent),
            Some(INVALID_CLIENT) => return Outcome::Misconfigured(Problem::InvalidClient),
            Some(_) => return Outcome::Misconfigured(Problem::InvalidRequest),
            None => {}
        }
        match (success, &body) {
            (Some(body), _) => Outcome::Granted(self.grant(body)),
            (None, Some(_)) if is_2xx => transient(Problem::NotAnAnswer(status), Fate::Unknown),
            _ => by_status(answer),
        }
    }

    fn grant(&self, body: &Object<'_>) -> Grant {
        let text = |path: &str| body.text(path);
        let (access, refresh) = (text(&self.access), text(&self.refresh));
        let mut grant = Grant::from_answer(access.as_ref().map(Secret::expose), refresh.as_ref().map(Secret::expose));
        let lifetime = body.number(&self.expires_in);
        grant.lifetime = lifetime.filter(|seconds| seconds.is_finite());
        grant.id_token = text(&self.id_token);
        grant
    }
}

/// The letter of a rule that this answer fits.
fn meaning(rule: &str, status: u16, body: Option<&Object<'_>>) -> Option<u8> {
    let mut parts = Parts::of(rule, b'\t');
    let mut digits = parts.text().bytes();
    let letter = digits.next()?;
    let mut number = 0;
    while number != status {
        // Three digits are a status.
        number = if number >= 100 { 0 } else { number } * 10 + u16::from(digits.next()? & 15);
    }
    let fits = letter.is_ascii_uppercase() || holds(parts, body?);
    fits.then_some(letter.to_ascii_lowercase())
}

/// Whether a test holds: its first part is a path where something is, one of the other parts if there are any.
fn holds(mut test: Parts<'_>, body: &Object<'_>) -> bool {
    let Some(found) = body.plain(test.text()) else { return false };
    let Some(first) = test.next() else { return true };
    let is = |value: &str| found.expose() == value;
    is(first) || test.any(is)
}

/// What fits into a line.
fn line(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\t' | '\n')).collect()
}
