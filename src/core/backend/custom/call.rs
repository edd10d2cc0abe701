//! The request that an errand is, with places for the tokens.

use alloc::{boxed::Box, string::String};
use core::cell::Cell;

use super::parts::Parts;
use crate::core::{
    backend::{Credentials, Tokens},
    error::{Error, NPM, OptionError},
    http::HttpRequest,
    json::{Value, push_escaped},
    origin::Endpoint,
    secret::Secret,
    text::{join, push_encoded, push_field, split_at},
};

/// A request of a [`CustomBackend`](super::CustomBackend). Placeholders stand for what is sent: `{refresh}`, `{access}`,
/// and in a sign-in's body `{credentials}`. Each is written as its place demands: escaped in JSON, percent-encoded in a form
/// and in a URL, as it is in a header.
#[derive(Clone, Debug, Default)]
pub struct Call {
    pub(super) method: Box<str>,
    pub(super) url: Box<str>,
    /// The body is a form.
    pub(super) form: bool,
    /// Templates may hold a client's secret. Empty is no body.
    pub(super) body: Secret,
    /// Lines: the name of a header, its value, and so on.
    pub(super) headers: Secret,
}

/// What the placeholders stand for.
#[derive(Default)]
struct Values<'a> {
    access: Option<&'a str>,
    refresh: Option<&'a str>,
    /// As the body's encoding has it.
    credentials: Option<&'a str>,
    /// A token was sought that is not there.
    missing: Cell<bool>,
}

impl<'a> Values<'a> {
    fn of(tokens: &'a Tokens) -> Self {
        let [access, refresh] = [&tokens.access, &tokens.refresh].map(|token| token.as_ref().map(Secret::expose));
        Self { access, refresh, ..Self::default() }
    }
}

impl Call {
    /// A `POST` request to this path below the backend's URL, query and all, or to this whole URL.
    #[must_use]
    pub fn post(path: &str) -> Self {
        Self { method: "POST".into(), url: path.into(), ..Self::default() }
    }

    /// A `GET` request to this path or URL.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::post(path).method("GET")
    }

    /// Another method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let separator = if self.headers.expose().is_empty() { "" } else { "\n" };
        self.headers = join(&[self.headers.expose(), separator, name, "\n", value]).into();
        self
    }

    /// A JSON body, for instance `{"refresh":"{refresh}"}`. `{credentials}` alone is the credentials as they are.
    #[must_use]
    pub fn json(mut self, body: &str) -> Self {
        self.body = body.into();
        self.header("Content-Type", "application/json")
    }

    /// A form body, for instance `grant_type=refresh_token&refresh_token={refresh}`. `{credentials}` stands for the members
    /// of the credentials as form fields.
    #[must_use]
    pub fn form(mut self, body: &str) -> Self {
        self.form = true;
        self.body = body.into();
        self.header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// The call at its whole URL.
    pub(super) fn below(mut self, base: &Endpoint) -> Self {
        if !self.url.contains("://") {
            self.url = base.join(&self.url).into();
        }
        self
    }

    /// Where it goes.
    pub(super) fn endpoint(&self, field: &'static str) -> Result<Endpoint, Error> {
        Endpoint::parse(&self.url.replace("{access}", "").replace("{refresh}", ""), field)
    }

    /// The call, if it makes sense.
    pub(super) fn checked(self, field: &'static str, placeholders: &[&str]) -> Result<Self, Error> {
        let refused = |problem| Err(Error::InvalidOption { field, problem });
        if self.templates().iter().any(|template| names_another(template, placeholders)) {
            return refused(OptionError::Placeholder);
        }
        let is_sendable = |(name, value)| is_token(name) && is_field_value(value);
        if !is_token(&self.method) || !self.headers().all(is_sendable) {
            return refused(OptionError::NotAHeader);
        }
        let sample = Values { credentials: Some("{}"), ..Values::default() };
        let is_json = || Value::parse(fill(self.body.expose(), &sample, push_escaped).expose()).is_some();
        let is_readable = self.form || self.body.expose().is_empty() || is_json();
        if is_readable { Ok(self) } else { refused(OptionError::NotJson) }
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut lines = Parts::of(self.headers.expose(), b'\n');
        core::iter::from_fn(move || Some((lines.next().filter(|name| !name.is_empty())?, lines.text())))
    }

    fn templates(&self) -> [&str; 3] {
        [&self.url, self.headers.expose(), self.body.expose()]
    }

    pub(super) fn names(&self, placeholder: &str) -> bool {
        self.templates().iter().any(|template| template.contains(placeholder))
    }

    /// The request with these tokens.
    pub(super) fn with(&self, tokens: &Tokens) -> HttpRequest {
        self.filled(&Values::of(tokens))
    }

    /// The request with these tokens, unless one is missing that it sends.
    pub(super) fn if_possible(&self, tokens: &Tokens) -> Option<HttpRequest> {
        let values = Values::of(tokens);
        Some(self.filled(&values)).filter(|_| !values.missing.get())
    }

    pub(super) fn sign_in(&self, credentials: &Credentials) -> HttpRequest {
        let form;
        let mut credentials = credentials.as_json().expose();
        // The npm package hands credentials over as the form that they will be.
        if self.form && !NPM {
            form = to_form(credentials);
            credentials = form.expose();
        }
        self.filled(&Values { credentials: Some(credentials), ..Values::default() })
    }

    fn filled(&self, values: &Values<'_>) -> HttpRequest {
        let mut request = HttpRequest::new(&self.method, fill(&self.url, values, push_encoded));
        for (name, value) in self.headers() {
            request = request.header(name, fill(value, values, String::push_str));
        }
        if self.body.expose().is_empty() {
            return request;
        }
        request.body(fill(self.body.expose(), values, if self.form { push_encoded } else { push_escaped }))
    }
}

/// The template with its placeholders filled; what there is nothing for is left empty. The text has room for all of it,
/// so it does not grow and leaves no copy of a secret behind.
fn fill(template: &str, values: &Values<'_>, write: fn(&mut String, &str)) -> Secret {
    let named = [("access}", values.access), ("refresh}", values.refresh)];
    let secrets = named.iter().filter_map(|(_, secret)| *secret).map(str::len);
    // Percent-encoding triples a length.
    let room = template.len() + 3 * secrets.sum::<usize>() + values.credentials.map_or(0, str::len);
    let mut text = String::with_capacity(room);
    let mut rest = template;
    while let Some((before, after)) = split_at(rest, b'{') {
        text.push_str(before);
        rest = after;
        if let Some(after) = after.strip_prefix("credentials}") {
            text.push_str(values.credentials.unwrap_or_default());
            rest = after;
        } else if let Some((secret, after)) =
            named.iter().find_map(|(name, secret)| Some((secret, after.strip_prefix(name)?)))
        {
            values.missing.set(values.missing.get() || secret.is_none());
            write(&mut text, secret.unwrap_or_default());
            rest = after;
        } else {
            text.push('{');
        }
    }
    text.push_str(rest);
    text.into()
}

/// The members of a JSON object as form fields.
fn to_form(json: &str) -> Secret {
    // It has room for all that comes, so it does not grow and leaves no copy behind.
    let mut form = String::with_capacity(3 * json.len());
    if let Some(object) = Value::parse(json) {
        object.visit(&mut |name, value| {
            if let Some(value) = value.plain() {
                push_field(&mut form, name, value.expose());
            }
        });
    }
    form.into()
}

/// A method or the name of a header (RFC 9110 section 5.6.2, without its rarer characters).
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_field_value(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// Whether the template has a placeholder that is none of these.
fn names_another(template: &str, placeholders: &[&str]) -> bool {
    let mut names = template.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
    names.any(|name| {
        let is_placeholder = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_placeholder && !placeholders.iter().any(|known| known.trim_matches(['{', '}']) == name)
    })
}
