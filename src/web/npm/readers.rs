//! JSON and base64url as `pkg/src/readers.js` reads them: a page has readers of its own, so ours need not be loaded.

use alloc::string::String;
use core::{marker::PhantomData, num::NonZeroU32};

use super::{
    exports::texts,
    imports::{self, say},
};
use crate::core::{Secret, TokenError};

/// What `core::json::object` is elsewhere: a number by which `core.js` knows the object until the call ends.
pub(crate) struct Object<'a>(NonZeroU32, PhantomData<&'a str>);

impl<'a> Object<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        say(text);
        NonZeroU32::new(imports::json()).map(|number| Self(number, PhantomData))
    }

    pub(crate) fn text(&self, path: &str) -> Option<Secret> {
        say(path);
        imports::string(self.0.get(), false);
        texts().next()
    }

    pub(crate) fn plain(&self, path: &str) -> Option<Secret> {
        say(path);
        imports::string(self.0.get(), true);
        texts().next()
    }

    pub(crate) fn number(&self, path: &str) -> Option<f64> {
        say(path);
        Some(imports::number(self.0.get())).filter(|number| !number.is_nan())
    }
}

/// What `core::jwt::segment` is elsewhere.
pub(crate) fn decoded(segment: &str) -> Result<String, TokenError> {
    say(segment);
    imports::base64url();
    Ok(texts().next().ok_or(TokenError::NotBase64Url)?.expose().into())
}
