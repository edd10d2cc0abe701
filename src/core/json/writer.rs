//! Writing JSON.

use alloc::string::String;

use crate::core::text::push_number;

/// Builds the text of one JSON object. The buffer may hold tokens: wrap the result in a [`Secret`](super::Secret).
#[derive(Debug)]
pub(crate) struct Writer(String);

impl Writer {
    pub(crate) fn object() -> Self {
        Self::with_room(0)
    }

    /// Has room for this many bytes: a buffer that grows leaves copies of its secrets behind.
    pub(crate) fn with_room(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push('{');
        Self(text)
    }

    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        self.quoted(value);
        self
    }

    pub(crate) fn optional_text(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(crate) fn integer(mut self, name: &str, value: i64) -> Self {
        self.name(name);
        if value < 0 {
            self.0.push('-');
        }
        push_number(&mut self.0, value.unsigned_abs());
        self
    }

    pub(crate) fn optional_integer(self, name: &str, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.integer(name, value),
            None => self,
        }
    }

    /// A member whose value is JSON text already.
    #[allow(dead_code, reason = "only the browser writes nested objects")]
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.quoted(name);
        self.0.push(':');
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        push_escaped(&mut self.0, text);
        self.0.push('"');
    }
}

/// Appends the text as it stands between the quotation marks of a JSON string.
pub(crate) fn push_escaped(json: &mut String, text: &str) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                json.push('\\');
                json.push(c);
            }
            '\0'..='\x1f' => {
                let code = c as usize;
                json.push_str("\\u00");
                json.extend([code >> 4, code & 15].iter().filter_map(|digit| HEX.get(*digit)));
            }
            _ => json.push(c),
        }
    }
}
