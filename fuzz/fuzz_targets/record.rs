//! S2: any text in a store.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| evertoken::fuzzing::record(data));
