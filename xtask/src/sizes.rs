//! The size of the npm package, and the most that a page may load of it.

use std::fmt;
use std::io::Write as _;

use crate::sh::Result;

/// The most that a page with one backend may load, compressed with brotli.
const LIMIT: usize = 28 * 1024;

/// What a page loads of one part, in bytes.
#[derive(Clone, Copy)]
struct Size {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Size {
    fn of(bytes: &[u8]) -> Self {
        Self { raw: bytes.len(), gzip: gzip(bytes), brotli: brotli(bytes) }
    }

    fn plus(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

pub(crate) struct Sizes {
    wasm: Size,
    main: Size,
    slim: Size,
    isolated: Size,
    /// By the backend that a page uses.
    pages: Vec<(&'static str, Size)>,
}

impl Sizes {
    /// Of the package's files, and what pages make of them.
    pub(crate) fn new(wasm: &[u8], files: [&[u8]; 5], pages: &[(&'static str, Vec<u8>)]) -> Self {
        let pages = pages.iter().map(|(backend, page)| (*backend, Size::of(page))).collect();
        let [main, slim, shared, isolated, errors] = files.map(Size::of);
        let [main, slim] = [main, slim].map(|entry| entry.plus(shared).plus(errors));
        Self { wasm: Size::of(wasm), main, slim, isolated: isolated.plus(errors), pages }
    }

    pub(crate) fn check(&self) -> Result {
        match self.pages.iter().find(|(_, page)| page.brotli > LIMIT) {
            None => Ok(()),
            Some((backend, page)) => Err(format!(
                "a page with {backend} loads {} bytes with brotli and may load {LIMIT}: take {} bytes out of it",
                page.brotli,
                page.brotli - LIMIT
            )),
        }
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = [
            ("evertoken.wasm", self.wasm),
            ("slim.js, imports", self.slim),
            ("evertoken.js, imports", self.main),
            ("isolated.js, imports", self.isolated),
        ];
        let pages = self.pages.iter().map(|(backend, size)| (format!("page with {backend}"), *size));
        let rows = rows.map(|(name, size)| (name.to_owned(), size)).into_iter().chain(pages);
        writeln!(f, "{:<24} {:>8} {:>8} {:>8}", "bytes", "raw", "gzip", "brotli")?;
        for (name, size) in rows {
            writeln!(f, "{name:<24} {:>8} {:>8} {:>8}", size.raw, size.gzip, size.brotli)?;
        }
        writeln!(f, "{:<24} {:>8} {:>8} {LIMIT:>8}", "limit", "", "")
    }
}

fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing into memory").len()
}

fn brotli(bytes: &[u8]) -> usize {
    let best = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &best).expect("writing into memory");
    compressed.len()
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Sizes};

    #[test]
    fn a_page_above_the_limit_is_refused() {
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(LIMIT + 1)
        .collect();
        let sizes = |page: &[u8]| Sizes::new(b"", [b""; 5], &[("one", vec![]), ("other", page.to_vec())]);
        assert!(sizes(&noise[..LIMIT - 100]).check().is_ok());
        assert!(sizes(&noise).check().is_err());
    }
}
