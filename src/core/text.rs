//! Text without `format!`, `[]` and the pattern machinery of the standard library: their panics and tables cost the
//! browser build 10 KB.

/// Appends `number` in decimal.
pub(crate) fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Appends `value` percent-encoded: everything but RFC 3986's unreserved characters, which every form and URL decoder reads
/// alike.
pub(crate) fn push_encoded(text: &mut String, value: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            let digit = |digit: u8| char::from(HEX.get(usize::from(digit)).copied().unwrap_or_default());
            text.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// All parts in one text.
pub(crate) fn join(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// What stands before and after the first `separator`, which is ASCII.
pub(crate) fn split_at(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_whole() {
        for number in [0, 9, 10, 1_700_000_000, u64::MAX] {
            let mut text = String::from("n=");
            push_number(&mut text, number);
            assert_eq!(text, format!("n={number}"));
        }
    }

    #[test]
    fn the_first_separator_splits() {
        assert_eq!(split_at("a:b:c", b':'), Some(("a", "b:c")));
        assert_eq!(split_at("", b':'), None);
        assert_eq!(split_at("\u{e4}?", b'?'), Some(("\u{e4}", "")));
    }
}
