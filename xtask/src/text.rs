//! The WebAssembly as text inside of JavaScript, written so that brotli makes the least of it.
//!
//! Base64 would hide from brotli that bytes repeat, and what is deflated first is a tenth larger in the end. Here a
//! common byte is one digit, a rare one a prefix and a digit: the byte in base 91. Every digit is a character such as no
//! bundler has to escape. The text begins with the bytes that digits stand for, in pairs. `pkg/src/wasm/inlined.js` reads it.

mod order;

use std::ops::Range;

/// `#` to `~`, without the backslash.
const DIGITS: u8 = 91;

/// What begins a pair. To brotli each is a kind of its own, so what follows one is no riddle.
const PREFIXES: &[u8; 3] = b"%'=";

/// A digit and the byte that it stands for.
type Order = Vec<(u8, u8)>;

/// A module that exports the text: of the longest run of plain text, the messages, brotli makes less as it is. `words` is
/// this run, `place` where it belongs.
pub(crate) fn module(wasm: &[u8]) -> String {
    let run = plain_run(wasm);
    let rest = [&wasm[..run.start], &wasm[run.end..]].concat();
    let mut order = commonest(&rest);
    order::improve(&mut order, &rest);
    let byte_of = |digit| order.iter().find(|(of, _)| *of == digit).map_or(0, |(_, byte)| *byte);
    let head = (0..DIGITS).flat_map(|value| pair(byte_of(digit(value))));
    let text: String = head.chain(rest.iter().flat_map(|byte| written(&order, *byte))).map(char::from).collect();
    let words = String::from_utf8_lossy(&wasm[run.clone()]);
    format!("export const text = \"{text}\";\nexport const words = {words:?};\nexport const place = {};\n", run.start)
}

/// The longest run of letters and what goes with them.
fn plain_run(bytes: &[u8]) -> Range<usize> {
    let mut longest = 0..0;
    let mut start = 0;
    for run in bytes.split(|byte| !matches!(byte, b' '..=b'~')) {
        if run.len() > longest.len() {
            longest = start..start + run.len();
        }
        start += run.len() + 1;
    }
    longest
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
        let plain = usize::from(b'~' - b' ' + 1);
        assert_eq!(text.split('"').nth(1).map(str::len), Some(2 * 91 + 100 + 88 + 2 * (168 - plain)));
    }

    #[test]
    fn the_longest_run_of_plain_text_stays_as_it_is() {
        let module = module(b"\x00abc\x01say \"no\"\xffabcd");
        assert!(module.contains(r#"words = "say \"no\"";"#) && module.ends_with("place = 5;\n"));
    }
}
