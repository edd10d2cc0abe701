//! Text without `format!`, `[]` and the pattern machinery of the standard library: their panics and tables cost the
//! browser build 10 KB.

use alloc::string::String;

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

/// Appends a field to a form.
pub(crate) fn push_field(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    push_encoded(form, name);
    form.push('=');
    push_encoded(form, value);
}

/// All parts in one text.
pub(crate) fn join(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(part);
    }
    text
}

/// The text that is written in these bytes, if they are UTF-8 (RFC 3629 section 3). That of the standard library is made for
/// speed and three times as large.
pub(crate) fn from_utf8(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(&first) = rest.next() {
        let (bits, more, least) = match first {
            0..0x80 => (0x7f, 0, 0),
            0xc0..0xe0 => (0x1f, 1, 0x80),
            0xe0..0xf0 => (0xf, 2, 0x800),
            0xf0..0xf8 => (0x7, 3, 0x1_0000),
            _ => return None,
        };
        let mut code = u32::from(first & bits);
        for _ in 0..more {
            let next = rest.next().filter(|next| **next & 0xc0 == 0x80)?;
            code = code << 6 | u32::from(next & 0x3f);
        }
        // No longer than it need be.
        text.push(char::from_u32(code).filter(|_| code >= least)?);
    }
    Some(text)
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
    fn utf8_is_read_as_the_standard_library_reads_it() {
        let same = |bytes: &[u8]| assert_eq!(from_utf8(bytes), String::from_utf8(bytes.to_vec()).ok(), "{bytes:x?}");
        for first in 0..=u8::MAX {
            same(&[first]);
            for second in 0..=u8::MAX {
                same(&[first, second]);
                for third in [0x41, 0x7f, 0x80, 0xbf, 0xc0] {
                    same(&[first, second, third]);
                    same(&[first, second, third, 0x80]);
                    same(&[first, second, third, 0xbf, b'a']);
                }
            }
        }
    }

    #[test]
    fn the_first_separator_splits() {
        assert_eq!(split_at("a:b:c", b':'), Some(("a", "b:c")));
        assert_eq!(split_at("", b':'), None);
        assert_eq!(split_at("\u{e4}?", b'?'), Some(("\u{e4}", "")));
    }
}
