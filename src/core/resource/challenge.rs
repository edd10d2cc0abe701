//! Challenges of `WWW-Authenticate` (RFC 9110 section 11.6.1). `pkg/src/challenges.js` reads them for pages.

use alloc::{string::String, vec::Vec};

/// The parameters of one challenge; names in lower case.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Challenge(Vec<(String, String)>);

impl Challenge {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// The challenges of a field in their order: one field may have several. What is no challenge is passed over.
pub(crate) fn challenges(field: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for element in elements(field) {
        let parameter = parameter(element).or_else(|| {
            // A scheme, alone or before its first parameter or its one token.
            let (scheme, rest) = token(element);
            if !scheme.is_empty() && (rest.is_empty() || rest.starts_with([' ', '\t'])) {
                challenges.push(Challenge::default());
            }
            parameter(rest.trim())
        });
        if let (Some(parameter), Some(challenge)) = (parameter, challenges.last_mut()) {
            challenge.0.push(parameter);
        }
    }
    challenges
}

/// What stands between the commas that are not quoted.
fn elements(field: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let is_comma = move |character| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        character == ',' && !quoted
    };
    field.split(is_comma).map(str::trim)
}

/// `name=value`, with spaces where RFC 9110 tolerates them.
fn parameter(text: &str) -> Option<(String, String)> {
    let (name, rest) = token(text);
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let value = match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted.strip_suffix('"')?),
        None => Some(value).filter(|value| !value.is_empty() && token(value).1.is_empty())?.into(),
    };
    (!name.is_empty()).then(|| (name.to_ascii_lowercase(), value))
}

/// What stands between quotes; a backslash means the character after it.
fn unquoted(text: &str) -> String {
    let mut escaped = false;
    let is_said = |character: &char| {
        escaped = *character == '\\' && !escaped;
        !escaped
    };
    text.chars().filter(is_said).collect()
}

/// The token that `text` begins with, and the rest (RFC 9110 section 5.6.2).
fn token(text: &str) -> (&str, &str) {
    let is_other = |character: char| !character.is_ascii_alphanumeric() && !"!#$%&'*+-.^_`|~".contains(character);
    text.split_at(text.find(is_other).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(field: &str) -> Vec<Vec<(String, String)>> {
        challenges(field).into_iter().map(|challenge| challenge.0).collect()
    }

    fn challenge(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
        parameters.iter().map(|(name, value)| (String::from(*name), String::from(*value))).collect()
    }

    /// The same cases as in `tests/browser/denials.test.mjs`.
    #[test]
    fn challenges_are_told_apart() {
        let scope = challenge(&[("error", "insufficient_scope"), ("scope", "a, b")]);
        assert_eq!(read(r#"Bearer error="insufficient_scope", scope="a, b""#), [scope.as_slice()]);
        assert_eq!(read(r#"bearer ERROR=insufficient_scope,scope = "a, b" ,"#), [scope.as_slice()]);
        assert_eq!(read(r#"Negotiate YWJj==, Basic, DPoP error="insufficient_scope", scope="a, b""#)[2], scope);
        assert_eq!(
            read(r#"Bearer realm="a, Basic b=\"c\\", DPoP algs="ES256 EdDSA""#),
            [challenge(&[("realm", r#"a, Basic b="c\"#)]), challenge(&[("algs", "ES256 EdDSA")])]
        );
    }

    #[test]
    fn what_is_no_challenge_is_passed_over() {
        for field in ["", ",,", "=", "\"", "error=\"insufficient_scope\"", "@ a=b", "\u{e4} a=b"] {
            assert_eq!(read(field).concat(), [], "{field}");
        }
        assert_eq!(read("Bearer error=\"insufficient_scope").concat(), [], "not closed");
        assert_eq!(read("Bearer error=, scope=a b, x=y").concat(), challenge(&[("x", "y")]));
    }

    proptest! {
        #[test]
        fn no_field_panics(field in ".*", like in "[a-z=\",\\\\ ]*") {
            let _ = (read(&field), read(&like));
        }

        #[test]
        fn every_quoted_text_is_read_back(text in "[ -~]*") {
            let quoted = text.replace('\\', r"\\").replace('"', r#"\""#);
            prop_assert_eq!(read(&format!("A a=\"{quoted}\", B b=c")), [challenge(&[("a", &text)]), challenge(&[("b", "c")])]);
        }
    }
}
