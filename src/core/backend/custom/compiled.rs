//! Descriptions as `pkg/src/backends/errands.js` hands them over: checked there, one text for each part. An empty text is a
//! part that is not there.

use alloc::{boxed::Box, vec::Vec};

use super::{Answers, Call, CustomBackend, parts::Parts};
use crate::core::{origin::Endpoint, resource::ResourceRules, secret::Secret};

impl CustomBackend {
    /// The backend of these texts: its URL, the sign-in with its answers, the refresh with its answers, the sign-out.
    pub(crate) fn compiled(mut texts: impl Iterator<Item = Secret>) -> Self {
        let mut next = || texts.next().unwrap_or_default();
        Self {
            base: Endpoint::checked(next().expose()),
            others: Vec::new(),
            sign_in: call(&next()).zip(answers(&next())),
            refresh: (call(&next()).unwrap_or_default(), answers(&next()).unwrap_or_default()),
            sign_out: call(&next()),
            resources: ResourceRules::new(),
        }
    }
}

/// Method, URL, `form` where the body is one, body, then names and values of headers.
fn call(text: &Secret) -> Option<Call> {
    let mut lines = Parts::of(text.expose(), b'\n');
    let method = lines.text().into();
    let url: Box<str> = lines.text().into();
    let (form, body) = (!lines.text().is_empty(), lines.text().into());
    Some(Call { method, url, form, body, headers: lines.rest().into() }).filter(|call| !call.url.is_empty())
}

/// A line with the paths of access token, refresh token, lifetime and ID token, and what success is; then a line for each rule.
fn answers(text: &Secret) -> Option<Answers> {
    let mut lines = Parts::of(text.expose(), b'\n');
    let mut paths = Parts::of(lines.text(), b'\t');
    let mut next = || paths.text().into();
    let (access, refresh, expires_in, id_token) = (next(), next(), next(), next());
    let (success, rules) = (paths.rest().into(), lines.rest().into());
    Some(Answers { access, refresh, expires_in, id_token, success, rules })
}
