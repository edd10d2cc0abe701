//! Bytes that hold secrets: they leave no copies behind in memory (S4).

use zeroize::{Zeroize, Zeroizing};

use crate::core::Secret;

/// Bytes that are wiped when they are dropped.
pub(super) type Wiped = Zeroizing<Vec<u8>>;

/// Appends; where there is no room left, to a larger buffer: a vector that grows by itself leaves its old one as it is.
pub(super) fn append(bytes: &mut Wiped, more: &[u8]) {
    if bytes.capacity() - bytes.len() < more.len() {
        let mut larger = Wiped::new(Vec::with_capacity(2 * (bytes.len() + more.len())));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(more);
}

/// The bytes as text, where they are; empty when they are not UTF-8.
pub(super) fn into_text(mut bytes: Wiped) -> Secret {
    match String::from_utf8(std::mem::take(&mut bytes)) {
        Ok(text) => text.into(),
        Err(error) => {
            error.into_bytes().zeroize();
            Secret::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_come_in_pieces_become_one_text() {
        let mut bytes = Wiped::default();
        for piece in ["", "se", "cre", "t".repeat(1000).as_str(), ""] {
            append(&mut bytes, piece.as_bytes());
        }
        assert_eq!(into_text(bytes).expose(), format!("secre{}", "t".repeat(1000)));
    }

    #[test]
    fn bytes_that_are_no_text_become_an_empty_one() {
        assert_eq!(into_text(Wiped::new(b"secret \xff".to_vec())).expose(), "");
    }
}
