//! Descriptions are kept as text: a line for each value, tabs within a line.

use crate::core::text::split_at;

/// The parts of a text between separators.
#[derive(Clone)]
pub(super) struct Parts<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Parts<'a> {
    pub(super) fn of(text: &'a str, separator: u8) -> Self {
        Self { rest: Some(text), separator }
    }

    /// The next part; nothing after the last one.
    pub(super) fn text(&mut self) -> &'a str {
        self.next().unwrap_or_default()
    }

    /// All that is left.
    #[allow(dead_code, reason = "only the npm package hands over whole descriptions")]
    pub(super) fn rest(self) -> &'a str {
        self.rest.unwrap_or_default()
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let (part, rest) = split_at(rest, self.separator).map_or((rest, None), |(part, rest)| (part, Some(rest)));
        self.rest = rest;
        Some(part)
    }
}
