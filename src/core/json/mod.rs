//! A small JSON reader and writer (RFC 8259).
//!
//! One parser for both platforms: `serde_json` costs the browser build 8 to 15 KB of compressed WebAssembly for
//! its float and error machinery, `JSON.parse` would tie the core to a platform. Tests hold this one against
//! `serde_json`.

mod writer;

#[cfg(test)]
mod tests;

pub(crate) use writer::Writer;
use zeroize::Zeroize;

/// Nesting deeper than this is refused; token answers and claims are flat.
const MAX_DEPTH: usize = 32;

/// A parsed JSON value. Text is zeroed on drop, because answers carry tokens.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number, as a double like JavaScript's.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object in the order of its text; of members with one name the last counts.
    Object(Vec<(String, Self)>),
}

impl Value {
    /// Parses one complete JSON text; `None` when it is not one.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        reader.space();
        (reader.at == text.len()).then_some(value)
    }

    /// The member `name` of an object.
    #[must_use]
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of the member `name`, when it is a string.
    #[must_use]
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    /// The number in the member `name`.
    #[must_use]
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The member `name` as a whole number that a double holds exactly.
    #[must_use]
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_integer()
    }

    /// The value as a string.
    #[must_use]
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value as a whole number that a double holds exactly.
    #[must_use]
    pub(crate) fn as_integer(&self) -> Option<i64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self {
            Self::Number(number) if number.abs() <= EXACT && number.trunc() == *number => Some(*number as i64),
            _ => None,
        }
    }

    /// Whether this is an object.
    #[must_use]
    pub(crate) fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        if let Self::Text(text) = self {
            text.zeroize();
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        let end = self.at + word.len();
        (self.text.get(self.at..end)? == word).then(|| self.at = end)?;
        Some(value)
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.space();
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Value::Text),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number().map(Value::Number),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        let mut members = Vec::new();
        self.sequence(b'}', |reader| {
            let name = reader.string()?;
            reader.space();
            reader.take(b':')?;
            members.push((name, reader.value(depth + 1)?));
            Some(())
        })?;
        Some(Value::Object(members))
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.sequence(b']', |reader| {
            items.push(reader.value(depth + 1)?);
            Some(())
        })?;
        Some(Value::List(items))
    }

    /// Items between the bracket under the cursor and `close`, with commas between them.
    fn sequence(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.space();
        if self.take(close).is_some() {
            return Some(());
        }
        loop {
            self.space();
            item(self)?;
            self.space();
            if self.take(close).is_some() {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    fn string(&mut self) -> Option<String> {
        self.take(b'"')?;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            text.push_str(self.text.get(start..self.at)?);
            match self.peek()? {
                b'"' => break self.at += 1,
                b'\\' => text.push(self.escape()?),
                _ => return None,
            }
        }
        Some(text)
    }

    fn escape(&mut self) -> Option<char> {
        self.at += 1;
        let escaped = self.peek()?;
        self.at += 1;
        Some(match escaped {
            b'"' | b'\\' | b'/' => char::from(escaped),
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
        self.take(b'\\')?;
        self.take(b'u')?;
        let low = self.hex4()?;
        (0xdc00..0xe000).contains(&low).then_some(())?;
        char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00))
    }

    fn hex4(&mut self) -> Option<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + char::from(self.peek()?).to_digit(16)?;
            self.at += 1;
        }
        Some(unit)
    }

    fn number(&mut self) -> Option<f64> {
        let negative = self.take(b'-').is_some();
        let leading_zero = self.peek() == Some(b'0');
        let (mut mantissa, whole) = self.digits(0.0);
        if whole == 0 || (leading_zero && whole > 1) {
            return None;
        }
        let mut exponent = 0_i32;
        if self.take(b'.').is_some() {
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
        let negative = match self.peek()? {
            sign @ (b'+' | b'-') => {
                self.at += 1;
                sign == b'-'
            }
            _ => false,
        };
        let (size, count) = self.digits(0.0);
        (count > 0).then_some(())?;
        let size = size.min(10_000.0) as i32;
        Some(if negative { -size } else { size })
    }
}

/// `mantissa * 10^exponent`, infinite where a double is too small for it. Dividing keeps short decimals exact.
fn scale(mantissa: f64, exponent: i32) -> f64 {
    let power = 10_f64.powi(exponent.saturating_abs().min(310));
    match exponent {
        _ if mantissa == 0.0 => 0.0,
        0.. => mantissa * power,
        _ => mantissa / power,
    }
}
