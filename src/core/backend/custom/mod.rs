//! Backends by description: which request an errand is, where the tokens stand in an answer, what its refusals mean.
//! One reader of descriptions serves every backend, the well-known ones included.

mod answers;
mod call;
#[cfg(any(test, all(feature = "npm", target_family = "wasm", target_os = "unknown")))]
mod compiled;
mod parts;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

pub use answers::{Answers, When};
pub use call::Call;

use super::{Backend, Credentials, Outcome, Tokens};
use crate::core::{
    error::{Error, NPM, OptionError},
    http::{HttpAnswer, HttpRequest},
    origin::Endpoint,
    resource::ResourceRules,
};

/// A backend by description, for servers that none of the named backends fits.
///
/// ```
/// use evertoken::backend::{Answers, Call, CustomBackend, When};
///
/// let answers = Answers::new("data.token").refresh("data.refreshToken").success("code", &["0"]);
/// let backend = CustomBackend::new("https://api.example.com/auth/")?
///     .sign_in_by(
///         Call::post("login").json("{credentials}"),
///         answers.clone().rejected(When::status(200).at("code").is(&["1000"])),
///     )?
///     .refresh_by(
///         Call::post("refresh").json(r#"{"refreshToken":"{refresh}"}"#),
///         answers.rejected(When::status(403)),
///     )?
///     .sign_out_by(Call::post("logout").header("Authorization", "Bearer {access}"))?;
/// # Ok::<(), evertoken::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CustomBackend {
    base: Endpoint,
    /// Where the calls go.
    others: Vec<Endpoint>,
    sign_in: Option<(Call, Answers)>,
    refresh: (Call, Answers),
    sign_out: Option<Call>,
    resources: ResourceRules,
}

impl CustomBackend {
    /// A backend whose paths are below `url`; its origin receives tokens by default. Until [`refresh_by`](Self::refresh_by)
    /// says otherwise, a session ends with its access token.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when `url` is no absolute `http` or `https` URL.
    pub fn new(url: &str) -> Result<Self, Error> {
        Ok(Self::at(Endpoint::parse(url, "backend")?))
    }

    pub(super) fn at(base: Endpoint) -> Self {
        let refresh = (Call::post(base.url()), Answers::new("access_token").refresh("refresh_token"));
        Self { base, others: Vec::new(), sign_in: None, refresh, sign_out: None, resources: ResourceRules::new() }
    }

    /// Signs in by this request; `{credentials}` in its body is what the user signs in with. Without any rule for it, an
    /// answer 400, 401, 403 or 422 in JSON refuses the credentials.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the URL, a header or a placeholder makes no sense.
    pub fn sign_in_by(mut self, call: Call, answers: Answers) -> Result<Self, Error> {
        let call = self.checked(call, "signIn", &["{credentials}"])?;
        self.sign_in = Some((call, answers.refusing_credentials()));
        Ok(self)
    }

    /// Refreshes by this request; `{refresh}` and `{access}` stand for the tokens. A backend without refresh tokens names
    /// one path for both in [`Answers`], and sends whichever.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the URL, a header or a placeholder makes no sense, or when no token is sent.
    pub fn refresh_by(mut self, call: Call, answers: Answers) -> Result<Self, Error> {
        if !call.names("{refresh}") && !call.names("{access}") {
            return Err(Error::InvalidOption { field: "refresh", problem: OptionError::NoToken });
        }
        self.refresh = (self.checked(call, "refresh", &["{refresh}", "{access}"])?, answers);
        Ok(self)
    }

    /// Revokes the session by this request when it signs out; `{refresh}` and `{access}` stand for the tokens.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] when the URL, a header or a placeholder makes no sense.
    pub fn sign_out_by(mut self, call: Call) -> Result<Self, Error> {
        self.sign_out = Some(self.checked(call, "signOut", &["{refresh}", "{access}"])?);
        Ok(self)
    }

    /// What answers of the resources mean: natively the [`Client`](crate::Client) goes by it. Default: a 401 alone refuses the
    /// token.
    #[must_use]
    pub fn resources(mut self, rules: ResourceRules) -> Self {
        self.resources = rules;
        self
    }

    fn checked(&mut self, call: Call, field: &'static str, placeholders: &[&str]) -> Result<Call, Error> {
        let call = call.below(&self.base).checked(field, placeholders)?;
        self.others.push(call.endpoint(field)?);
        Ok(call)
    }
}

impl Backend for CustomBackend {
    fn endpoint(&self) -> &Endpoint {
        &self.base
    }

    fn other_endpoints(&self) -> &[Endpoint] {
        &self.others
    }

    fn sign_in(&self, credentials: &Credentials) -> Option<HttpRequest> {
        self.sign_in.as_ref().map(|(call, _)| call.sign_in(credentials))
    }

    fn refresh(&self, tokens: &Tokens) -> HttpRequest {
        self.refresh.0.with(tokens)
    }

    fn sign_out(&self, tokens: &Tokens) -> Option<HttpRequest> {
        self.sign_out.as_ref()?.if_possible(tokens)
    }

    fn read_sign_in(&self, answer: &HttpAnswer) -> Outcome {
        let (_, answers) = self.sign_in.as_ref().unwrap_or(&self.refresh);
        answers.read(answer)
    }

    fn read_refresh(&self, answer: &HttpAnswer) -> Outcome {
        self.refresh.1.read(answer)
    }

    fn resource_rules(&self) -> ResourceRules {
        // In the npm package they are JavaScript's.
        if NPM { ResourceRules::new() } else { self.resources.clone() }
    }
}
