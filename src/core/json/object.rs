//! A JSON object as the core asks for it: what stands at a path of names with dots between them.
//! `src/web/npm/readers.rs` takes its place in the npm package, and `cases.json` holds for both.

use super::Value;
use crate::core::secret::Secret;

pub(crate) struct Object<'a>(Value<'a>);

impl<'a> Object<'a> {
    /// Reads one complete JSON text; `None` when it is not an object.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        Value::parse(text).filter(Value::is_object).map(Self)
    }

    /// The text of a string.
    pub(crate) fn text(&self, path: &str) -> Option<Secret> {
        self.0.at(path)?.as_text()
    }

    /// The text of a string, or the number or word as it is written; `null` is nothing.
    pub(crate) fn plain(&self, path: &str) -> Option<Secret> {
        self.0.at(path)?.plain()
    }

    /// The value of a number, also of a text that holds one: some servers write them so.
    pub(crate) fn number(&self, path: &str) -> Option<f64> {
        let value = self.0.at(path)?;
        value.as_number().or_else(|| Value::parse(value.as_text()?.expose())?.as_number())
    }
}
