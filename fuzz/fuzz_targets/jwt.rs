//! T1: any token.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evertoken::fuzzing::jwt(data));
