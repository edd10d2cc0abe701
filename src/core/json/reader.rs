//! Reading JSON.

use alloc::string::String;

use crate::core::secret::Secret;

/// Nesting deeper than this is refused; token answers and claims are flat.
const MAX_DEPTH: usize = 32;

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The one value of the text.
    pub(super) fn document(&mut self) -> Option<&'a str> {
        let value = self.value(0)?;
        self.space();
        (self.at == self.text.len()).then_some(value)
    }

    /// Reads an object or an array to its end; shows the members with their names, and elements without one.
    pub(super) fn members(&mut self, depth: usize, show: &mut dyn FnMut(Option<&str>, &'a str)) -> Option<()> {
        // In ASCII a closing bracket comes two after its opening one.
        let close = self.next()? + 2;
        self.space();
        if self.take(close) {
            return Some(());
        }
        loop {
            self.space();
            let mut name = None;
            if close == b'}' {
                name = Some(self.text()?);
                self.space();
                self.expect(b':')?;
            }
            let value = self.value(depth + 1)?;
            show(name.as_ref().map(Secret::expose), value);
            self.space();
            if self.take(close) {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    /// The text of a string.
    pub(super) fn text(&mut self) -> Option<Secret> {
        self.expect(b'"')?;
        let start = self.at;
        self.rest_of_string()?;
        // It has room for all that comes, so it does not grow and leaves no copy behind.
        let mut text = String::with_capacity(self.at - start);
        self.at = start;
        loop {
            let start = self.at;
            while !matches!(self.peek()?, b'"' | b'\\') {
                self.at += 1;
            }
            text.push_str(self.text.get(start..self.at)?);
            if self.next()? == b'"' {
                return Some(text.into());
            }
            text.push(self.escape()?);
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn take(&mut self, expected: u8) -> bool {
        let there = self.peek() == Some(expected);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, expected: u8) -> Option<()> {
        self.take(expected).then_some(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Checks a value and returns its text.
    fn value(&mut self, depth: usize) -> Option<&'a str> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.space();
        let start = self.at;
        match self.peek()? {
            b'{' | b'[' => self.members(depth, &mut |_, _| {})?,
            b'"' => {
                self.at += 1;
                self.rest_of_string()?;
            }
            b't' => self.word("true")?,
            b'f' => self.word("false")?,
            b'n' => self.word("null")?,
            _ => _ = self.number()?,
        }
        self.text.get(start..self.at)
    }

    fn word(&mut self, word: &str) -> Option<()> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }

    /// Checks the rest of a string.
    fn rest_of_string(&mut self) -> Option<()> {
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => _ = self.escape()?,
                0..=0x1f => return None,
                _ => {}
            }
        }
    }

    /// What stands after a backslash.
    fn escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            escaped @ (b'"' | b'\\' | b'/') => char::from(escaped),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return None,
        })
    }

    /// The four digits after `\u`, with the second half of a surrogate pair where there is one.
    fn unicode(&mut self) -> Option<char> {
        let unit = self.hex4()?;
        if !(0xd800..0xdc00).contains(&unit) {
            return char::from_u32(unit);
        }
        self.word("\\u")?;
        let low = self.hex4()?;
        (0xdc00..0xe000).contains(&low).then_some(())?;
        char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
    }

    fn hex4(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + char::from(self.next()?).to_digit(16)?;
        }
        Some(unit)
    }

    pub(super) fn number(&mut self) -> Option<f64> {
        let negative = self.take(b'-');
        let leading_zero = self.peek() == Some(b'0');
        let (mut mantissa, whole) = self.digits(0.0);
        if whole == 0 || (leading_zero && whole > 1) {
            return None;
        }
        let mut exponent = 0_i32;
        if self.take(b'.') {
            let fraction;
            (mantissa, fraction) = self.digits(mantissa);
            (fraction > 0).then(|| exponent = -i32::try_from(fraction).unwrap_or(i32::MAX))?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            exponent = exponent.saturating_add(self.exponent()?);
        }
        let size = scale(mantissa, exponent);
        Some(if negative { -size } else { size })
    }

    /// Appends the digits under the cursor to `mantissa`; also returns how many there were.
    fn digits(&mut self, mut mantissa: f64) -> (f64, usize) {
        let start = self.at;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            mantissa = mantissa * 10.0 + f64::from(digit - b'0');
            self.at += 1;
        }
        (mantissa, self.at - start)
    }

    fn exponent(&mut self) -> Option<i32> {
        let negative = self.take(b'-');
        if !negative {
            self.take(b'+');
        }
        let (size, count) = self.digits(0.0);
        (count > 0).then_some(())?;
        let size = size.min(10_000.0) as i32;
        Some(if negative { -size } else { size })
    }
}

/// `mantissa * 10^exponent`, infinite where a double is too small for it. Dividing keeps short decimals exact.
fn scale(mantissa: f64, exponent: i32) -> f64 {
    let power = (0..exponent.saturating_abs().min(310)).fold(1.0, |power, _| power * 10.0);
    match exponent {
        _ if mantissa == 0.0 => 0.0,
        0.. => mantissa * power,
        _ => mantissa / power,
    }
}
