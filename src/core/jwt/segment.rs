//! The segments of a JWT: text in base64url. `src/web/npm/readers.rs` takes its place in the npm package.

use alloc::{string::String, vec::Vec};

use super::TokenError;
use crate::core::text::from_utf8;

/// The text of a segment.
pub(super) fn decoded(segment: &str) -> Result<String, TokenError> {
    let bytes = base64url(segment).ok_or(TokenError::NotBase64Url)?;
    from_utf8(&bytes).ok_or(TokenError::NotUtf8)
}

/// Base64url with its padding or without (RFC 7515 section 2 wants none; some issuers pad). The base64 crate takes
/// 4 KB of WebAssembly for this; tests hold this one against it.
fn base64url(segment: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in segment.bytes() {
        let six = match byte {
            // Padding is tolerated wherever it ends the digits; what follows it is not read.
            b'=' => break,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    // A single digit left over holds no byte.
    (count < 6).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use base64::{
        Engine,
        prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
    };
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn t1_segments_are_read_as_in_the_npm_package() {
        for case in crate::core::json::tests::cases("segments") {
            let text = decoded(case["segment"].as_str().unwrap()).ok();
            assert_eq!(text.as_deref(), case["text"].as_str(), "{case}");
        }
    }

    proptest! {
        #[test]
        fn base64url_is_read_as_the_base64_crate_reads_it(bytes: Vec<u8>, text in "[A-Za-z0-9_=-]{0,12}") {
            prop_assert_eq!(base64url(&BASE64_URL_SAFE_NO_PAD.encode(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(base64url(&BASE64_URL_SAFE.encode(&bytes)), Some(bytes));
            if let Ok(decoded) = BASE64_URL_SAFE_NO_PAD.decode(&text) {
                prop_assert_eq!(base64url(&text), Some(decoded));
            }
        }
    }
}
