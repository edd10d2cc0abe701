//! Which digit stands for which byte.
//!
//! Brotli guesses a character by the kinds of the two before it: vowels, consonants, commas (RFC 7932 section 7.1, UTF8).
//! So bytes that are followed by the same bytes become digits of one kind. It takes 1.5 % off the package.

use std::collections::BTreeMap;

use super::{Order, written};

const CONTEXTS: usize = 64;

/// What stands in the text: a byte, or a character of a pair.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Symbol {
    Byte(u8),
    Fixed(u8),
}

/// How often a symbol comes after two others.
type Triples = Vec<([Symbol; 3], u32)>;

/// Lets two bytes exchange their digits wherever that makes guesses better, until little is won any more.
pub(super) fn improve(order: &mut Order, wasm: &[u8]) {
    let triples = triples(order, wasm);
    let mut least = information(order, &triples);
    loop {
        let before = least;
        for first in 0..order.len() {
            for second in first + 1..order.len() {
                exchange(order, first, second);
                let now = information(order, &triples);
                if now < least {
                    least = now;
                } else {
                    exchange(order, first, second);
                }
            }
        }
        if least >= before * 0.999 {
            return;
        }
    }
}

fn exchange(order: &mut Order, first: usize, second: usize) {
    (order[first].1, order[second].1) = (order[second].1, order[first].1);
}

fn triples(order: &Order, wasm: &[u8]) -> Triples {
    let symbols: Vec<Symbol> = wasm
        .iter()
        .flat_map(|byte| match written(order, *byte)[..] {
            [_] => vec![Symbol::Byte(*byte)],
            ref pair => pair.iter().copied().map(Symbol::Fixed).collect(),
        })
        .collect();
    let mut counts = BTreeMap::new();
    for triple in symbols.array_windows() {
        *counts.entry(*triple).or_default() += 1;
    }
    counts.into_iter().collect()
}

/// About how many bits the text takes if each character is guessed by its context.
fn information(order: &Order, triples: &Triples) -> f64 {
    let mut digits = [0; 256];
    for (digit, byte) in order {
        digits[usize::from(*byte)] = *digit;
    }
    let character = |symbol| match symbol {
        Symbol::Byte(byte) => digits[usize::from(byte)],
        Symbol::Fixed(character) => character,
    };
    let mut counts = [[0; 128]; CONTEXTS];
    for ([before, last, next], count) in triples {
        counts[context(character(*before), character(*last))][usize::from(character(*next))] += count;
    }
    let weight = |count: u32| if count == 0 { 0.0 } else { f64::from(count) * f64::from(count).log2() };
    counts.iter().map(|row| weight(row.iter().sum()) - row.iter().map(|count| weight(*count)).sum::<f64>()).sum()
}

/// The context after these two characters, as far as digits go.
fn context(before: u8, last: u8) -> usize {
    let kind = match last {
        b'\'' => 4,
        b'%' => 5,
        b'(' | b'<' | b'[' | b'{' => 6,
        b')' | b'>' | b']' | b'}' => 7,
        b',' | b':' | b';' => 8,
        b'.' => 9,
        b'=' => 10,
        b'0'..=b'9' => 11,
        b'A' | b'E' | b'I' | b'O' | b'U' => 12,
        b'A'..=b'Z' => 13,
        b'a' | b'e' | b'i' | b'o' | b'u' => 14,
        b'a'..=b'z' => 15,
        _ => 3,
    };
    let class = match before {
        b'0'..=b'9' | b'A'..=b'Z' => 2,
        b'a'..=b'z' => 3,
        _ => 1,
    };
    4 * kind + class
}

#[cfg(test)]
mod tests {
    use super::{super::commonest, improve, information, triples};

    #[test]
    fn bytes_exchange_digits_for_the_better() {
        let wasm: Vec<u8> = (0..2000_u32).map(|at| (at * at % 97) as u8).collect();
        let order = commonest(&wasm);
        let mut improved = order.clone();
        improve(&mut improved, &wasm);
        let triples = triples(&order, &wasm);
        assert!(information(&improved, &triples) < information(&order, &triples));
        for of in [|(digit, _)| digit, |(_, byte)| byte] as [fn((u8, u8)) -> u8; 2] {
            let sorted = |order: &[(u8, u8)]| {
                let mut all: Vec<u8> = order.iter().copied().map(of).collect();
                all.sort_unstable();
                all
            };
            assert_eq!(sorted(&improved), sorted(&order));
        }
    }
}
