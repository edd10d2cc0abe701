//! A small JSON reader and writer (RFC 8259).
//!
//! The reader checks the whole text and copies nothing: a value is a place in the text, and a member is looked for when
//! it is asked for. `serde_json` costs the browser build 8 to 15 KB of compressed WebAssembly for its float and error
//! machinery, and `JSON.parse` would tie the core to a platform. Tests hold this one against `serde_json`.

mod reader;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;

use reader::Reader;
pub(crate) use writer::Writer;

use super::secret::Secret;

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
        if self.is_object() { Reader::new(self.0).members(0, name)?.map(Self) } else { None }
    }

    /// The text of the member `name`, when it is a string.
    #[must_use]
    pub(crate) fn text(&self, name: &str) -> Option<Secret> {
        self.get(name)?.as_text()
    }

    /// Whether the member `name` is this text.
    #[must_use]
    pub(crate) fn says(&self, name: &str, text: &str) -> bool {
        self.text(name).is_some_and(|said| said.expose() == text)
    }

    /// The member `name` as a whole number that a double holds exactly.
    #[must_use]
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_integer()
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

    /// The same, also of a text that holds a number: some servers write them so.
    #[must_use]
    pub(crate) fn as_quoted_number(&self) -> Option<f64> {
        self.as_number().or_else(|| Value::parse(self.as_text()?.expose())?.as_number())
    }

    /// The value as a whole number that a double holds exactly.
    #[must_use]
    pub(crate) fn as_integer(&self) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        self.as_number().filter(|number| number.abs() <= EXACT && number.trunc() == *number).map(|number| number as i64)
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
