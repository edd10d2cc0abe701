//! The WebAssembly as text inside of JavaScript, written so that brotli makes the least of it.
//!
//! Base64 would hide from brotli that bytes repeat, and what is deflated first is a tenth larger in the end. Here a
//! common byte is one digit, a rare one a prefix and a digit: the byte in base 91. Every digit is a character such as no
//! bundler has to escape. The text begins with the bytes that digits stand for, in pairs. `pkg/src/wasm.js` reads it.

mod order;

/// `#` to `~`, without the backslash.
const DIGITS: u8 = 91;

/// What begins a pair. To brotli each is a kind of its own, so what follows one is no riddle.
const PREFIXES: &[u8; 3] = b"%'=";

/// A digit and the byte that it stands for.
type Order = Vec<(u8, u8)>;

/// A module that exports the text.
pub(crate) fn module(wasm: &[u8]) -> String {
    let mut order = commonest(wasm);
    order::improve(&mut order, wasm);
    let byte_of = |digit| order.iter().find(|(of, _)| *of == digit).map_or(0, |(_, byte)| *byte);
    let head = (0..DIGITS).flat_map(|value| pair(byte_of(digit(value))));
    let text: String = head.chain(wasm.iter().flat_map(|byte| written(&order, *byte))).map(char::from).collect();
    format!("export const text = \"{text}\";\n")
}

fn written(order: &Order, byte: u8) -> Vec<u8> {
    match order.iter().find(|(_, common)| *common == byte) {
        Some((digit, _)) => vec![*digit],
        None => pair(byte).to_vec(),
    }
}

fn pair(byte: u8) -> [u8; 2] {
    [PREFIXES[usize::from(byte / DIGITS)], digit(byte % DIGITS)]
}

fn digit(value: u8) -> u8 {
    let code = b'#' + value;
    if code < b'\\' { code } else { code + 1 }
}

/// A digit for each of the commonest bytes.
fn commonest(bytes: &[u8]) -> Order {
    let mut counts = [0_usize; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let mut order: Vec<u8> = (0..=u8::MAX).collect();
    order.sort_by_key(|byte| std::cmp::Reverse(counts[usize::from(*byte)]));
    (0..DIGITS).map(digit).filter(|digit| !PREFIXES.contains(digit)).zip(order).collect()
}

#[cfg(test)]
mod tests {
    use super::{DIGITS, commonest, digit, module, written};

    #[test]
    fn the_digits_are_what_no_bundler_escapes() {
        let digits: Vec<u8> = (0..DIGITS).map(digit).collect();
        assert!(digits.starts_with(b"#") && digits.ends_with(b"~"));
        assert!(digits.iter().all(|digit| digit.is_ascii_graphic() && !b"\"\\".contains(digit)));
    }

    #[test]
    fn a_common_byte_is_one_digit_and_a_rare_one_two() {
        let mut bytes = vec![7; 100];
        bytes.extend(0..=255);
        let order = commonest(&bytes);
        assert_eq!(order[..3], [(b'#', 7), (b'$', 0), (b'&', 1)]);
        assert_eq!(written(&order, 7), b"#");
        assert_eq!(written(&order, 200), [b'=', digit(200 - 2 * 91)]);
        let text = module(&bytes);
        assert_eq!(text.split('"').nth(1).map(str::len), Some(2 * 91 + 100 + 88 + 2 * 168));
    }
}
