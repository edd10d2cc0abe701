//! Pieces of the core as WebAssembly computes them: 32-bit sizes, another floating-point unit, no threads.

use evertoken::{Claims, TokenError};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::common::jwt;

#[wasm_bindgen_test]
fn t1_odd_claims_are_read_or_named() {
    for (exp, read) in [("1700000000", 1.7e9), ("-5", -5.0), ("2.5", 2.5), ("1e300", 1e300), ("\"17\"", 17.0)] {
        let found = Claims::decode(&jwt(&format!(r#"{{"exp":{exp}}}"#))).unwrap().exp.unwrap();
        // Powers of ten are less exact here than natively.
        assert!((found / read - 1.0).abs() < 1e-12, "{exp} was read as {found}");
    }
    for exp in ["1e999", "\"soon\"", "[]", "true"] {
        let error = Claims::decode(&jwt(&format!(r#"{{"exp":{exp}}}"#))).unwrap_err();
        assert_eq!(error, TokenError::NotANumber("exp"), "{exp}");
    }
}

#[wasm_bindgen_test]
fn t1_odd_tokens_have_typed_errors() {
    let error = |token: &str| Claims::decode(token).unwrap_err();
    for token in ["", "opaque", "a.b", "a.b.c.d"] {
        assert_eq!(error(token), TokenError::NotThreeSegments, "{token}");
    }
    assert_eq!(error("e30.!!.s"), TokenError::NotBase64Url);
    assert_eq!(error("e30.__4.s"), TokenError::NotUtf8);
    assert_eq!(error(&jwt("[]")), TokenError::NotAnObject);
    assert_eq!(error(&jwt(&"[".repeat(100_000))), TokenError::NotAnObject, "nesting does not exhaust the stack");
    assert_eq!(error(&"a".repeat(5 << 20)), TokenError::TooLarge);
}
