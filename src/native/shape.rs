//! What an answer of the backend looked like, without what it said: for descriptions that do not fit their server.

use super::Native;
use crate::{
    core::{
        http::HttpAnswer,
        json::{Value, push_escaped},
    },
    driver::Session,
};

/// Deeper objects say no more about where a token is.
const MAX_DEPTH: usize = 5;

impl Session<Native> {
    /// The shape of the backend's last answer: its status, and its JSON with every value taken out. When an error says that
    /// the backend is misconfigured or of no use, this tells where its answers have what a description looks for
    /// elsewhere. `None` before the first answer.
    #[must_use]
    pub fn last_answer(&self) -> Option<String> {
        self.platform().last_answer.lock().clone()
    }
}

/// The status, and the names in the body.
pub(super) fn shape(answer: &HttpAnswer) -> String {
    let body = answer.body.expose();
    let mut shape = format!("HTTP {}, ", answer.status);
    match Value::parse(body) {
        Some(value) => push_shape(&mut shape, &value, 0),
        None => shape.push_str(if body.is_empty() { "without a body" } else { "not JSON" }),
    }
    shape
}

fn push_shape(shape: &mut String, value: &Value<'_>, depth: usize) {
    if !value.is_object() || depth == MAX_DEPTH {
        return shape.push_str(kind(value));
    }
    shape.push('{');
    let mut separator = "\"";
    value.visit(&mut |name, value| {
        shape.push_str(separator);
        push_escaped(shape, name);
        shape.push_str("\":");
        push_shape(shape, &value, depth + 1);
        separator = ",\"";
    });
    shape.push('}');
}

fn kind(value: &Value<'_>) -> &'static str {
    match value.source().as_bytes().first() {
        Some(b'{') => "{…}",
        Some(b'[') => "[…]",
        Some(b'"') => "\"[string]\"",
        Some(b't' | b'f') => "\"[boolean]\"",
        Some(b'n') => "null",
        _ => "\"[number]\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_names_are_shown_and_values_are_not() {
        let body = r#"{"data":{"accessToken":"secret","user":{"id":7,"names":["Eve","E"],"on":true}},"none":null}"#;
        let expected =
            r#"{"data":{"accessToken":"[string]","user":{"id":"[number]","names":[…],"on":"[boolean]"}},"none":null}"#;
        assert_eq!(shape(&HttpAnswer::new(200, body)), format!("HTTP 200, {expected}"));
        assert_eq!(shape(&HttpAnswer::new(502, "<html>secret")), "HTTP 502, not JSON");
        assert_eq!(shape(&HttpAnswer::new(204, "")), "HTTP 204, without a body");
        let deep = shape(&HttpAnswer::new(200, r#"{"a":{"b":{"c":{"d":{"e":{"secret":1}}}}}}"#));
        assert_eq!(deep, r#"HTTP 200, {"a":{"b":{"c":{"d":{"e":{…}}}}}}"#);
    }
}
