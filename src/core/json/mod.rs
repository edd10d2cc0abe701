//! A small JSON reader and writer (RFC 8259).
//!
//! The reader checks the whole text and copies nothing: a value is a place in the text, and a member is looked for when
//! it is asked for. `serde_json` costs the browser build 8 to 15 KB of compressed WebAssembly for its float and error
//! machinery. Tests hold this one against `serde_json`. The npm package does without: JavaScript reads for it.

#[cfg(not(all(feature = "npm", target_family = "wasm", target_os = "unknown")))]
mod object;
mod reader;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

use core::fmt;

pub(crate) use object::Object;
use reader::Reader;
pub(crate) use writer::{Writer, push_escaped};

use super::{secret::Secret, text::split_at};
#[cfg(all(feature = "npm", target_family = "wasm", target_os = "unknown"))]
use crate::web::npm::readers as object;

/// A JSON value: its text, which has been checked.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Value<'a>(&'a str);

impl<'a> Value<'a> {
    /// Reads one complete JSON text; `None` when it is not one.
    #[must_use]
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        Reader::new(text).document().map(Self)
    }

    /// Whether this is `null`.
    #[must_use]
    pub(crate) fn is_null(&self) -> bool {
        self.0 == "null"
    }

    /// The value as it is written.
    #[must_use]
    pub(crate) fn source(&self) -> &'a str {
        self.0
    }

    /// Whether this is an object.
    #[must_use]
    pub(crate) fn is_object(&self) -> bool {
        self.0.starts_with('{')
    }

    /// The member `name` of an object; of members with one name the last counts.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<Self> {
        let mut found = None;
        self.visit(&mut |member, value| {
            if member == name {
                found = Some(value);
            }
        });
        found
    }

    /// Shows each member of an object with its name, in order.
    pub(crate) fn visit(&self, show: &mut dyn FnMut(&str, Self)) {
        if self.is_object() {
            // The text has been checked.
            let _ = Reader::new(self.0).members(0, &mut |name, value| show(name.unwrap_or_default(), Self(value)));
        }
    }

    /// The value at a path of names, and indexes of arrays, with dots between them; the empty path is the value itself.
    #[must_use]
    pub(crate) fn at(self, path: &str) -> Option<Self> {
        let (name, rest) = split_at(path, b'.').unwrap_or((path, ""));
        if name.is_empty() { Some(self) } else { self.get(name).or_else(|| self.element(name))?.at(rest) }
    }

    /// The element of an array with this index, as JavaScript writes it: in digits, without a zero before others.
    fn element(self, index: &str) -> Option<Self> {
        let wanted: usize = index.parse().ok().filter(|_| index == "0" || !index.starts_with(['0', '+']))?;
        let (mut count, mut found) = (0, None);
        if self.0.starts_with('[') {
            // The text has been checked.
            let _ = Reader::new(self.0).members(0, &mut |_, value| {
                if count == wanted {
                    found = Some(Self(value));
                }
                count += 1;
            });
        }
        found
    }

    /// The text of a string, or the number or word as it is written; `null` is nothing.
    #[must_use]
    pub(crate) fn plain(&self) -> Option<Secret> {
        self.as_text().or_else(|| (!self.is_null()).then(|| self.source().into()))
    }

    /// The text of the member `name`, when it is a string.
    #[must_use]
    pub(crate) fn text(&self, name: &str) -> Option<Secret> {
        self.get(name)?.as_text()
    }

    /// The text of a string. It may be a token, so it is wiped when it is dropped.
    #[must_use]
    pub(crate) fn as_text(&self) -> Option<Secret> {
        Reader::new(self.0).text()
    }

    /// The value of a number, as a double like JavaScript's.
    #[must_use]
    pub(crate) fn as_number(&self) -> Option<f64> {
        Reader::new(self.0).number()
    }
}

impl Object<'_> {
    /// The value at the path as a whole number that a double holds exactly.
    #[must_use]
    pub(crate) fn integer(&self, path: &str) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let number = self.number(path)?;
        let whole = number as i64;
        (number.abs() <= EXACT && whole as f64 == number).then_some(whole)
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
