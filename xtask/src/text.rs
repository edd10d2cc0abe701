//! The WebAssembly as text inside of JavaScript, written so that brotli makes the least of it.
//!
//! Base64 would hide from brotli that bytes repeat, and what is deflated first is a tenth larger in the end. Here a
//! common byte is one character, a rare one two, and every character is such as no bundler has to escape.
//! `pkg/src/wasm.js` reads it.

/// `#` to `~`, without the backslash.
const DIGITS: u8 = 91;

/// The digits that begin a rare byte; the others are common ones.
const PREFIXES: u8 = 2;

/// A module that exports the bytes behind the single characters, and the text.
pub(crate) fn module(wasm: &[u8]) -> String {
    let common = commonest(wasm);
    let rare: Vec<u8> = (0..=u8::MAX).filter(|byte| !common.contains(byte)).collect();
    let index = |bytes: &[u8], byte| bytes.iter().position(|other| *other == byte).map(|at| at as u8);
    let mut text = String::new();
    for &byte in wasm {
        if let Some(at) = index(&common, byte) {
            text.push(digit(PREFIXES + at));
        } else if let Some(at) = index(&rare, byte) {
            text.extend([digit(at / DIGITS), digit(at % DIGITS)]);
        }
    }
    format!("export const common = {common:?};\nexport const text = \"{text}\";\n")
}

fn digit(value: u8) -> char {
    let code = b'#' + value;
    char::from(if code < b'\\' { code } else { code + 1 })
}

fn commonest(bytes: &[u8]) -> Vec<u8> {
    let mut counts = [0_usize; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let mut order: Vec<u8> = (0..=u8::MAX).collect();
    order.sort_by_key(|byte| std::cmp::Reverse(counts[usize::from(*byte)]));
    order.truncate(usize::from(DIGITS - PREFIXES));
    order
}

#[cfg(test)]
mod tests {
    use super::{DIGITS, digit, module};

    #[test]
    fn the_digits_are_what_no_bundler_escapes() {
        let digits: String = (0..DIGITS).map(digit).collect();
        assert!(digits.starts_with('#') && digits.ends_with('~'));
        assert!(!digits.contains(['"', '\\']) && digits.bytes().all(|byte| byte.is_ascii_graphic()));
    }

    #[test]
    fn a_common_byte_is_one_character_and_a_rare_one_two() {
        let mut bytes = vec![7; 100];
        bytes.extend(0..=255);
        let module = module(&bytes);
        let text = module.split('"').nth(1).unwrap();
        assert!(module.starts_with("export const common = [7, 0, 1, 2, "));
        assert_eq!(text.len(), 100 + 89 + 2 * 167);
        assert!(text.starts_with(&digit(2).to_string().repeat(100)));
        assert!(text.ends_with(&String::from_iter([digit(1), digit(166 - 91)])));
    }
}
