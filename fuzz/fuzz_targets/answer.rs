//! R7: any answer of a token endpoint.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evertoken::fuzzing::answer(data));
